"""Runs one call inside the interpreter: reads the job, calls the tool, writes its result.

Nothing here is a wall: the code that runs beside it may change all of it, and gains only what it may do anyway.
"""

import ast
import asyncio
import dataclasses
import enum
import gc
import importlib.abc
import inspect
import io
import json
import linecache
import math
import os
import random
import sys
import time
import traceback
import types
import typing

import memoir_agent
import memoir_network
import memoir_pydantic

# Imported here so that a tool's own import of them costs nothing.
import base64, bisect, calendar, collections, contextlib, copy, csv, datetime, decimal, difflib, fractions  # noqa: E401,F401
import functools, hashlib, heapq, hmac, html, itertools, operator, pathlib, re, secrets, shlex, statistics  # noqa: E401,F401
import string, tempfile, textwrap, unicodedata, urllib.parse, urllib.request, uuid, zoneinfo  # noqa: E401,F401

FILE = "tool.py"
TRACEBACK_CHARS = 20_000
JSON_DEPTH = 100
BRIDGE = ("js", "pyodide", "_pyodide", "_pyodide_core", "pyodide_js", "micropip")
FOREIGN = ("ctypes", "_ctypes")


# --- the way out -----------------------------------------------------------------------------------------------------

_device = None
_spare = None
# What the calls of a session share.
_kept = None
_cells = 0


def _device_send(message: bytes) -> bytes:
    global _device
    if _device is None:
        _device = os.open("/dev/memoir", os.O_RDWR)
    os.write(_device, message)
    parts = []
    while part := os.read(_device, 1 << 20):
        parts.append(part)
    return b"".join(parts)


send = _device_send


class ServerError(Exception):
    """The server said no."""


def ask(method, /, **params):
    answer = json.loads(send(b"A" + json.dumps({"method": method, "params": params}).encode()))
    if answer.get("error") is not None:
        raise ServerError(answer["error"])
    return answer.get("value")


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    sys.stdout.flush()
    send(b"S" + str(float(seconds)).encode())


# --- before the first call -------------------------------------------------------------------------------------------


class _NoBridge(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BRIDGE:
            raise ModuleNotFoundError(f"No module named {name!r}: a sandbox has no JavaScript", name=name)
        if name.partition(".")[0] in FOREIGN:
            raise ModuleNotFoundError(f"No module named {name!r}: a sandbox calls no foreign functions", name=name)
        return None


class _Selector:
    """What an event loop waits with when there is nothing to wait for but time."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the code awaits something that never comes")
        if timeout > 0:
            _sleep(timeout)
        return []


class EventLoop(asyncio.base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


def _zone(key):
    data = send(b"Z" + key.encode("latin1", "replace"))
    if not data:
        raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
    return io.BytesIO(data)


def prepare():
    """Takes the JavaScript bridge out of Python, and its event loop with it."""
    for name in list(sys.modules):
        if name.partition(".")[0] in BRIDGE:
            del sys.modules[name]
    for finder in list(sys.meta_path):
        if type(finder).__module__.partition(".")[0] in BRIDGE:
            sys.meta_path.remove(finder)
    sys.meta_path.insert(0, _NoBridge())
    sys.excepthook = sys.__excepthook__
    asyncio._set_running_loop(None)
    for place in (asyncio, asyncio.events):
        place.new_event_loop = EventLoop
    asyncio.run = asyncio.runners.run
    asyncio.set_event_loop_policy(_policy())
    time.sleep = _sleep
    zoneinfo._common.load_tzdata = _zone
    gc.collect()
    gc.freeze()


def _policy():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
            _loop_factory = EventLoop

        return Policy()


# --- the call --------------------------------------------------------------------------------------------------------


def main():
    global _spare
    own = sys.modules["__main__"]
    job = json.loads(send(b"J"))
    _dress(job)
    # Memory to tell of an error with, where the code took all the rest.
    _spare = bytearray(1 << 19)
    try:
        value = _run(job)
        result = _success(value, job["returnChars"])
    except BaseException as error:  # noqa: BLE001
        _spare = None
        result = _failure(error)
    sys.modules["__main__"] = own
    result["memoryEdits"] = memoir_agent.edits()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001
            pass
    send(b"R" + json.dumps(result).encode())


def _dress(job):
    os.environ.clear()
    os.environ.update(job["env"])
    random.seed()
    for name, fd in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(fd, "w", closefd=False)
        wrapped = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=True)
        setattr(sys, name, wrapped)
    sys.path[:0] = job["packages"]
    memoir_pydantic.install(may_be_real=bool(job["packages"]) or send is not _device_send)
    memoir_network.install(ask, job["network"])
    memoir_agent.install(ask, job["agent"])


def _run(job):
    source, entry = job["source"], job["entry"]
    name = "__main__" if entry is None else "tool"
    module = _session_module(name) if job["keep"] else types.ModuleType(name)
    sys.modules[name] = module
    module.__file__ = FILE
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    scope = module.__dict__
    if job["agent"] is not None:
        scope["client"] = memoir_agent.client
    for function in job["functions"]:
        scope[function] = _remote(function)
    if entry is None:
        return _script(source, scope)
    exec(compile(source, FILE, "exec", dont_inherit=True), scope)
    function = scope.get(entry)
    if not callable(function):
        raise NameError(f"the source has no function {entry!r}")
    value = function(**_arguments(function, job))
    return _await(value) if inspect.isawaitable(value) else value


def _session_module(name):
    """The module that a session's calls share; each call is a file of its own, so that tracebacks show its lines."""
    global FILE, _kept, _cells
    _cells += 1
    FILE = "tool.py" if _cells == 1 else f"tool_{_cells}.py"
    _kept = _kept or types.ModuleType(name)
    return _kept


def _remote(name):
    def call(**args):
        return ask("function", name=name, args=args)

    call.__name__ = call.__qualname__ = name
    return call


def _await(awaitable):
    async def wait():
        return await awaitable

    return asyncio.run(wait())


def _script(source, scope):
    """Runs statements; the value of the last one, where it is an expression, is the result."""
    tree = ast.parse(source, FILE)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)

    async def awaited(code):
        return await eval(code, scope)

    def execute(node, mode):
        code = compile(node, FILE, mode, flags=flags, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            return asyncio.run(awaited(code))
        return eval(code, scope)

    execute(tree, "exec")
    return execute(last, "eval") if last is not None else None


def _arguments(function, job):
    args = dict(job["args"])
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return args
    agent = job["agent"]
    if agent is not None:
        if "agent_state" in parameters:
            args["agent_state"] = memoir_agent.state
        if "agent_id" in parameters and "agent_id" not in args:
            args["agent_id"] = agent["id"]
    if "self" in parameters and "self" not in args:
        args["self"] = None
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001
        hints = {}
    return {name: _fit(hints.get(name), value) for name, value in args.items()}


def _fit(hint, value):
    """Makes what JSON has no word for: models, enums and dataclasses, wherever the signature asks for them."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        for choice in inner:
            if choice is not type(None):
                try:
                    return _fit(choice, value)
                except Exception:  # noqa: BLE001
                    if choice is inner[-1]:
                        raise
        return value
    if origin in (list, tuple, set, frozenset) and isinstance(value, list) and inner:
        return origin(_fit(inner[0], item) for item in value)
    if origin is dict and isinstance(value, dict) and len(inner) == 2:
        return {key: _fit(inner[1], item) for key, item in value.items()}
    if not isinstance(hint, type):
        return value
    if hasattr(hint, "model_validate") and isinstance(value, dict):
        return hint.model_validate(value)
    if issubclass(hint, enum.Enum) and not isinstance(value, hint):
        return hint(value)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return hint(**value)
    return value


# --- the result ------------------------------------------------------------------------------------------------------


def _success(value, limit):
    try:
        # As JSON, a long text may take six times the memory that it takes already.
        plain = None if isinstance(value, str) and len(value) > limit else _plain(value, ())
        as_json = json.dumps(plain, allow_nan=False)
    except (ValueError, RecursionError, MemoryError):
        as_json = None
    if isinstance(value, str):
        text = str(value)
    elif isinstance(value, dict) and as_json is not None:
        text = json.dumps(plain, ensure_ascii=False)
    else:
        text = str(value)
    if len(text) > limit or (as_json is not None and len(as_json) > 8 * limit + 1000):
        as_json = None
    return {"status": "success", "value": as_json, "text": text[:limit], "textLength": len(text), "error": None}


def _plain(value, parents):
    """A copy that JSON can say. Raises ValueError for what contains itself or is nested too deep."""
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, enum.Enum):
        return _plain(value.value, parents)
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else _digits(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if len(parents) > JSON_DEPTH or any(value is parent for parent in parents):
        raise ValueError("nested")
    inside = (*parents, value)
    if isinstance(value, dict):
        return {str(key): _plain(item, inside) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, inside) for item in value]
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(), inside)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain({field.name: getattr(value, field.name) for field in dataclasses.fields(value)}, inside)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _digits(value):
    try:
        return str(value)
    except ValueError:
        return hex(value)


def _failure(error):
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001
        message = ""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        message = f"{error.msg} (line {error.lineno})"
    return {
        "status": "error",
        "value": None,
        "text": "",
        "textLength": 0,
        "error": {"type": type(error).__name__, "message": message[:TRACEBACK_CHARS], "traceback": _trace(error)},
    }


def _trace(error):
    """The traceback from the tool's own first line on."""
    at = error.__traceback__
    while at is not None and at.tb_frame.f_code.co_filename != FILE:
        at = at.tb_next
    try:
        lines = traceback.format_exception(type(error), error, at)
        return "".join(lines)[-TRACEBACK_CHARS:]
    except BaseException:  # noqa: BLE001
        return ""
