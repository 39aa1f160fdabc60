import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeAgent, openTestSandbox, type TestSandbox } from "./testing/open";

const SECRET = "the-secret-of-the-host";
const secretFile = path.join(tmpdir(), `memoir-host-secret-${process.pid}`);
const trace = path.join(tmpdir(), `memoir-host-trace-${process.pid}`);

let box: TestSandbox;
let server: Server;
let port: number;
let visits = 0;

beforeAll(async () => {
  writeFileSync(secretFile, SECRET, { mode: 0o644 });
  process.env.MEMOIR_HOST_SECRET = SECRET;
  server = createServer((_request, response) => {
    visits += 1;
    response.end(SECRET);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  box = openTestSandbox("python");
});

afterAll(async () => {
  await box.close();
  server.close();
});

/** Each script tries several ways; what it gets goes to stdout. Nothing of the host may be in there. */
async function tryAll(ways: string[], setup = "") {
  const bodies = ways.map((way) =>
    way
      .split("\n")
      .map((line) => `    ${line}`)
      .join("\n"),
  );
  const attempts = bodies.map((body, at) => `def way_${at}():\n${body}`).join("\n");
  const source = `${setup}
${attempts}
for at in range(${ways.length}):
    try:
        print(at, "GOT", globals()[f"way_{at}"]())
    except BaseException as error:
        print(at, "REFUSED", type(error).__name__, error)
`;
  const result = await box.run(source);
  return { ...result, output: [...result.stdout, result.error?.message ?? "", result.text].join("\n") };
}

describe("the host's files, environment and processes", () => {
  test("files of the host can't be read, listed or written", async () => {
    const { output, stdout } = await tryAll([
      `return open(${JSON.stringify(secretFile)}).read()`,
      `import pathlib\nreturn pathlib.Path("/etc/passwd").read_text()`,
      `import os\nreturn os.listdir("/work"), os.listdir("/root"), os.listdir("/etc")`,
      `import os\nreturn os.read(os.open("/proc/self/environ", os.O_RDONLY), 1000)`,
      `open(${JSON.stringify(trace)}, "w").write("x")`,
      `import shutil\nreturn shutil.copy("/etc/passwd", "/tmp/copy")`,
      `import os\nreturn os.readlink("/proc/self/exe")`,
    ]);
    expect(stdout).toHaveLength(7);
    expect(output).not.toContain(SECRET);
    expect(output).not.toContain("root:");
    expect(existsSync(trace)).toBe(false);
    expect(output.match(/REFUSED/g)).toHaveLength(6);
  });

  test("the environment is what the call was given, and nothing else", async () => {
    const result = await box.run("import os\ndict(os.environ)", { env: { TOKEN: "of-the-agent" } });
    expect(result.value).toEqual({ TOKEN: "of-the-agent" });
  });

  test("other processes can't be seen, started or ended", async () => {
    const { output } = await tryAll([
      `import subprocess\nreturn subprocess.run(["id"], capture_output=True).stdout`,
      `import os\nassert os.system("id > ${trace}") == 0\nreturn "RAN"`,
      `import os\nreturn os.popen("id").read()`,
      `import os\nreturn os.fork()`,
      `import os\nreturn os.execv("/bin/sh", ["sh", "-c", "id > ${trace}"])`,
      `import os\nreturn os.posix_spawn("/bin/sh", ["sh", "-c", "id"], {})`,
      `import os\nos.kill(${process.pid}, 9)\nreturn "SENT"`,
      `import os\nreturn [one for one in os.listdir("/proc") if one.isdigit()]`,
      `import multiprocessing\nmultiprocessing.Process(target=print).start()\nreturn "STARTED"`,
      `import threading\nthreading.Thread(target=print).start()\nreturn "STARTED"`,
    ]);
    expect(output).not.toMatch(/uid=|GOT (RAN|SENT|STARTED)|GOT \d/);
    expect(existsSync(trace)).toBe(false);
  });

  test("a fork bomb does not begin", async () => {
    const result = await box.run("import os\nwhile True:\n    os.fork()");
    expect(result.status).toBe("error");
    expect((await box.run("1 + 1")).value).toBe(2);
  });
});

describe("the network", () => {
  test("sockets, DNS, loopback and metadata addresses can't be reached", async () => {
    const before = visits;
    const { output } = await tryAll([
      `import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2)\nreturn "CONNECTED"`,
      `import socket\ns = socket.socket()\ns.connect(("169.254.169.254", 80))\nreturn "CONNECTED"`,
      `import socket\nreturn socket.getaddrinfo("example.org", 80)`,
      `import socket\nreturn socket.gethostbyname("localhost")`,
      `import urllib.request\nreturn urllib.request.urlopen("http://127.0.0.1:${port}/").read()`,
      `import http.client\nc = http.client.HTTPConnection("127.0.0.1", ${port})\nc.request("GET", "/")\nreturn c.getresponse().read()`,
      `import requests\nreturn requests.get("http://169.254.169.254/latest/meta-data/").text`,
      `import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b"x", ("127.0.0.1", ${port}))\nreturn "SENT"`,
      `import socket\ns = socket.socket()\ns.bind(("0.0.0.0", 0))\ns.listen()\nreturn "LISTENING"`,
    ]);
    expect(output.match(/REFUSED/g)).toHaveLength(9);
    expect(visits).toBe(before);
  });

  test("a tool that forges the question for a fetch is still refused", async () => {
    const before = visits;
    const result = await box.run(`import memoir_driver
try:
    print(memoir_driver.ask("fetch", method="GET", url="http://127.0.0.1:${port}/", headers={}, body=None))
except Exception as error:
    print("REFUSED", error)`);
    expect(result.stdout.join()).toMatch(/^REFUSED this tool may not reach 127.0.0.1/);
    expect(visits).toBe(before);
  });
});

describe("the interpreter's JavaScript", () => {
  const BRIDGE = [
    `import js\nreturn js.process.env`,
    `import pyodide_js\nreturn pyodide_js._module`,
    `from pyodide.code import run_js\nreturn run_js("process.env")`,
    `from pyodide.ffi import JsProxy\nreturn JsProxy`,
    `import _pyodide_core\nreturn _pyodide_core`,
    `import importlib\nreturn importlib.import_module("js").Object.constructor("return process")()`,
    `import sys\nreturn sys.modules["js"]`,
    `import ctypes\nreturn ctypes.CDLL(None).emscripten_run_script(b"process.exit()")`,
    `import ctypes\nreturn ctypes.pythonapi`,
    `import sys\nsys.meta_path.clear()\nimport js\nreturn js`,
  ];

  test("no import leads to it", async () => {
    const { output } = await tryAll(BRIDGE);
    expect(output).not.toContain("GOT");
  });

  test("its module, made anew past all imports, does nothing", async () => {
    const result = await box.run(`import _imp, types
core = _imp.create_builtin(types.SimpleNamespace(name="_pyodide_core"))
try:
    _imp.exec_builtin(core)
except BaseException as error:
    print("REFUSED", type(error).__name__)
for name in dir(core):
    one = getattr(core, name)
    for attempt in (lambda: one("process"), lambda: one(), lambda: one.process, lambda: one.constructor("return process")()):
        try:
            print("GOT", attempt()) if not isinstance(one, (str, dict, tuple, bool, int)) else None
        except BaseException as error:
            print("REFUSED", type(error).__name__, error)
`);
    expect(JSON.stringify(result)).not.toMatch(/GOT <(?!class|_pyodide_core)|env|PATH=/);
    expect((await box.run("2 + 2")).value).toBe(4);
  });

  test("foreign functions, made past all imports, end the process that made them", async () => {
    const result = await box.run(`import _imp, types
ctypes = _imp.create_builtin(types.SimpleNamespace(name="_ctypes"))
_imp.exec_builtin(ctypes)
class Function(ctypes.CFuncPtr):
    _flags_ = 1
    _restype_ = None
print("GOT", Function(lambda: 1)())`);
    expect(result.stdout.join()).not.toContain("GOT");
    expect(result.error?.message).toContain("which no sandbox has");
    expect((await box.run("2 + 2")).value).toBe(4);
  });

  test("what is left of it in memory does nothing, and ends the process that touched it", async () => {
    const source = `import gc
found = [one for one in gc.get_objects() if "JsProxy" in type(one).__mro__.__repr__()]
for one in found:
    try:
        print(type(one), one.constructor.constructor("return process")().env)
    except BaseException as error:
        print("REFUSED", type(error).__name__)
    for word in ("process", "Object", "globalThis", "fetch", "_module"):
        try:
            print("GOT", getattr(one, word))
        except BaseException as error:
            print("REFUSED", type(error).__name__)
`;
    const result = await box.run(source);
    expect(JSON.stringify(result)).not.toMatch(/GOT|PATH/);
    expect((await box.run("2 + 2")).value).toBe(4);
  });

  test("prototypes of JavaScript can't be changed for the next call", async () => {
    const first = await box.run(`open("/tmp/__proto__", "w").write("x")
import os
for name in ("__proto__", "constructor", "toString", "hasOwnProperty"):
    os.makedirs(f"/tmp/{name}/deep", exist_ok=True) if name != "__proto__" else None
{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}`);
    expect(first.status).toBe("success");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const second = await box.run(`import os\nsorted(os.listdir("/tmp"))`);
    expect(second.value).toEqual([]);
  });
});

describe("what a call leaves behind", () => {
  test("the next call of the same process sees nothing of it", async () => {
    const fresh = openTestSandbox("python");
    const LOOK = "import os\nsorted(os.listdir('/proc/self/fd'))";
    const fds = (await fresh.run(LOOK)).value;
    await fresh.close();
    const dirty = await box.run(`import sys, builtins, os, json, memoir_driver, memoir_agent, time, random
builtins.leak = "left"
builtins.print = lambda *a: None
sys.modules["leaked"] = sys
json.dumps = lambda *a, **k: "leak"
memoir_driver._success = lambda *a: {"leak": 1}
memoir_driver.leak = memoir_agent.leak = "left"
str.__doc__
os.environ["LEAK"] = "left"
open("/tmp/leak", "w").write("left")
open("/home/pyodide/leak", "w").write("left")
os.chdir("/tmp")
sys.path.append("/leak")
sys.setrecursionlimit(100)
global_leak = "left"
fd = os.open("/tmp/fd", os.O_CREAT | os.O_RDWR)
os.dup2(fd, 1)
random.seed(1)
None`);
    expect(dirty.status).toBe("error");
    for (let calls = 0; calls < 3; calls++) {
      const seen = await box.run(`import sys, builtins, os, json, memoir_driver, memoir_agent, gc
[name for name, leaked in {
    "builtins": hasattr(builtins, "leak"), "modules": "leaked" in sys.modules, "json": json.dumps(1) != "1",
    "driver": hasattr(memoir_driver, "leak") or hasattr(memoir_agent, "leak"), "env": "LEAK" in os.environ,
    "tmp": os.listdir("/tmp"), "home": os.listdir("/home/pyodide"), "cwd": os.getcwd() != "/home/pyodide",
    "path": "/leak" in sys.path, "globals": "global_leak" in globals(), "limit": sys.getrecursionlimit() == 100,
    "memory": any(isinstance(one, dict) and one.get("leak") for one in gc.get_objects()),
}.items() if leaked]`);
      expect(seen.error).toBeNull();
      expect(seen.value).toEqual([]);
    }
    expect((await box.run(LOOK)).value).toEqual(fds);
  });

  test("the interpreter's own files can't be changed", async () => {
    const { output } = await tryAll([
      `open("/lib/python314.zip", "wb").write(b"x")`,
      `import os\nos.unlink("/lib/python314.zip")`,
      `import os\nos.rename("/lib", "/lib2")`,
      `import os\nos.makedirs("/lib/python3.14/site-packages/json")`,
      `import os\nos.chmod("/lib", 0o777)`,
      `import os\nos.truncate("/lib/python314.zip", 0)`,
      `import mmap, os\nf = os.open("/lib/python314.zip", os.O_RDONLY)\nm = mmap.mmap(f, 100)\nm[0] = 1`,
      `import os\nos.symlink("/tmp", "/lib/link")`,
      `import os\nos.mknod("/tmp/device", 0o20666, os.makedev(240, 0))`,
    ]);
    expect(output.match(/REFUSED/g)).toHaveLength(9);
  });

  test("random numbers differ from call to call", async () => {
    const draw = () =>
      box.run("import random, secrets, uuid\n[random.random(), secrets.token_hex(8), str(uuid.uuid4())]");
    const [first, second] = [await draw(), await draw()];
    const values = [first.value, second.value].flat();
    expect(new Set(values).size).toBe(6);
  });
});

describe("limits", () => {
  test.each([
    ["a busy loop", "while True:\n    pass"],
    ["a sleep", "import time\ntime.sleep(1000)"],
    ["a sleep that nothing interrupts", `import memoir_driver\nmemoir_driver.send(b"S99999")`],
    [
      "a loop that catches everything",
      "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    ],
    ["a slow regular expression", `import re\nre.match(r"(a+)+$", "a" * 40 + "b")`],
    ["a very large power", "10 ** 10 ** 9"],
  ])("%s ends at the time limit", async (_name, source) => {
    const started = performance.now();
    const result = await box.run(`print("before")\n${source}`, { limits: { timeoutMs: 600 } });
    expect(result.status).toBe("timeout");
    expect(result.error?.type).toBe("TimeoutError");
    expect(result.stdout).toEqual(["before"]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("awaiting what never comes is an error, not a wait", async () => {
    const result = await box.run("import asyncio\nawait asyncio.Event().wait()");
    expect(result.status).toBe("error");
    expect(result.error?.message).toContain("never comes");
  });

  test.each([
    ["one large block", "x = bytearray(1 << 30)"],
    ["many small blocks", "x = []\nwhile True:\n    x.append('x' * 1000 + str(len(x)))"],
    ["a growing string", "x = 'x'\nwhile True:\n    x += x"],
  ])("%s gets a MemoryError", async (_name, source) => {
    const result = await box.run(source, { limits: { memoryBytes: 48 * 1024 * 1024 } });
    expect(result.status).not.toBe("success");
    expect(JSON.stringify(result.error)).toMatch(/MemoryError/);
    expect((await box.run("3")).value).toBe(3);
  });

  test.each([
    ["one file", `f = open("/tmp/f", "wb")\nwhile True:\n    f.write(b"x" * 1000000)`],
    ["many files", `n = 0\nwhile True:\n    n += 1\n    open(f"/tmp/{n}", "wb").write(b"x" * 4000000)`],
    ["an empty file of a great length", `open("/tmp/f", "wb").truncate(1 << 31)`],
  ])("files count as memory: %s", async (_name, source) => {
    const result = await box.run(source, { limits: { memoryBytes: 32 * 1024 * 1024 } });
    expect(["error", "killed"]).toContain(result.status);
    expect(result.error?.type).toMatch(/OSError|MemoryError/);
  });

  test("output beyond the limit is dropped, and far beyond it ends the call", async () => {
    const long = await box.run("print('x' * 5000)\n1", { limits: { outputChars: 1000 } });
    expect(long.status).toBe("success");
    expect(long.stdout.join("\n").length).toBe(1000);
    const bomb = await box.run("while True:\n    print('x' * 100)", { limits: { outputChars: 1000 } });
    expect(bomb.status).toBe("killed");
    expect(bomb.error?.type).toBe("OutputLimitError");
    expect(bomb.stdout.join("\n").length).toBe(1000);
  });

  test.each([
    ["in Python", "def f(n):\n    return f(n + 1)\nf(0)"],
    ["without Python's own limit", "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n):\n    return f(n + 1)\nf(0)"],
    ["in C", "x = []\nfor _ in range(10 ** 6):\n    x = [x]\nrepr(x)"],
    ["in the parser", "eval('(' * 100000 + ')' * 100000)"],
    ["while it is freed", "x = None\nfor _ in range(10 ** 6):\n    x = (x,)\ndel x\nraise RecursionError()"],
  ])("deep recursion %s is an error of this call only", async (_name, source) => {
    const result = await box.run(source);
    expect(["error", "killed"]).toContain(result.status);
    expect((await box.run("4")).value).toBe(4);
  });
});

describe("returns", () => {
  test("NUL bytes and halves of characters are taken out", async () => {
    const result = await box.run(`["a\\x00b", "\\ud800", "ok\\udfffok"]`);
    expect(result.status).toBe("success");
    expect(result.value).toEqual(["ab", "\ufffd", "ok\ufffdok"]);
    expect(result.text.isWellFormed()).toBe(true);
    const text = await box.run(`"a\\x00b\\ud83d"`);
    expect(text.text.startsWith("ab")).toBe(true);
    expect(text.text.isWellFormed()).toBe(true);
  });

  test("50 MB are cut, and their length is told", async () => {
    const result = await box.run("'x' * 50_000_000", { limits: { returnChars: 1000 } });
    expect(result.status).toBe("success");
    expect(result.text).toBe("x".repeat(1000));
    expect(result.textLength).toBe(50_000_000);
    expect(result.value).toBeNull();
  });

  test.each([
    ["not a number", "float('nan')", null, "nan"],
    ["infinity in a list", "[float('inf'), 1]", [null, 1], "[inf, 1]"],
    ["itself", "x = []\nx.append(x)\nx", null, "[[...]]"],
    ["itself, as a dict", "x = {}\nx['x'] = x\nx", null, "{'x': {...}}"],
    ["an int beyond JSON", "2 ** 70", "1180591620717411303424", "1180591620717411303424"],
    ["a set and bytes", "[{1}, b'x']", [[1], "b'x'"], "[{1}, b'x']"],
  ])("%s", async (_name, source, value, text) => {
    const result = await box.run(source);
    expect(result.status).toBe("success");
    expect(result.value).toEqual(value);
    expect(result.text).toBe(text);
  });

  test("an int that Python itself will not print is an error of the code", async () => {
    const result = await box.run("10 ** 10000");
    expect(result.error?.type).toBe("ValueError");
  });

  test("an object whose str() throws, never ends, or lies is only its own call's trouble", async () => {
    const thrown = await box.run(
      "class X:\n    def __str__(self):\n        raise KeyError('no')\n    __repr__ = __str__\nX()",
    );
    expect(thrown.error?.type).toBe("KeyError");
    const endless = await box.run("class X:\n    def __str__(self):\n        while True: pass\nX()", {
      limits: { timeoutMs: 500 },
    });
    expect(endless.status).toBe("timeout");
  });
});

describe("forged messages", () => {
  test("a result, output or end that the code writes itself is only its own", async () => {
    const result = await box.run(`import memoir_driver, json
memoir_driver.send(b"R" + json.dumps({"status": "success", "value": "1", "text": "forged", "textLength": 6, "error": None,
    "memoryEdits": [{"label": "not-shown", "value": "x"}]}).encode())
import os
os._exit(0)`);
    expect(result.memoryEdits).toEqual([]);
    expect((await box.run("5")).value).toBe(5);
  });

  test.each([
    ["no JSON", `b"Rnot json"`],
    ["another shape", `b'R{"status": "success"}'`],
    ["an unknown kind", `b"Zzz"`],
    ["an empty message", `b""`],
    ["deep nesting", `b"R" + b"[" * 1000000`],
    ["a question without sense", `b'A{"method": 5, "params": [1]}'`],
    ["a question that is no JSON", `b"A{{{"`],
  ])("%s harms nobody", async (_name, message) => {
    const result = await box.run(
      `import memoir_driver, os\ntry:\n    memoir_driver.send(${message})\nexcept BaseException:\n    pass\nos._exit(1)`,
    );
    expect(result.status).not.toBe("success");
    expect((await box.run("6")).value).toBe(6);
  });

  test("a tool reaches no other agent than its own", async () => {
    const { port: agent, blocks } = fakeAgent();
    const source = `
def f():
    out = []
    for attempt in (
        lambda: client.agents.blocks.retrieve("human", agent_id="agent-other"),
        lambda: client.agents.blocks.update("human", agent_id="agent-other", value="x"),
        lambda: client.agents.messages.list("agent-other"),
        lambda: client.agents.passages.list("agent-other"),
        lambda: __import__("memoir_driver").ask("agents.delete", agent_id="agent-other"),
        lambda: __import__("memoir_driver").ask("blocks.write", label=5, value=["x"]),
        lambda: __import__("memoir_driver").ask("function", name="anything", args={}),
        lambda: __import__("memoir_driver").ask("__proto__"),
        lambda: __import__("memoir_driver").ask("constructor"),
    ):
        try:
            out.append(("GOT", str(attempt())))
        except Exception as error:
            out.append(("REFUSED", type(error).__name__))
    return [one for one, _ in out]
`;
    const result = await box.run(source, { entry: "f", agent });
    expect(result.value).toEqual(Array(9).fill("REFUSED"));
    expect(Object.fromEntries(blocks)).toEqual({ human: "Ada likes tea.", persona: "I am Memoir." });
  });

  test("what Memoir runs around a tool is on the host's disk, untouched", async () => {
    expect(readFileSync(secretFile, "utf8")).toBe(SECRET);
  });
});
