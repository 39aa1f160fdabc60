"""A tool's own agent: `agent_state`, and a `client` of which the few calls that a tool may make have the shape of letta_client."""

import sys
import types

state = None
client = None
_ask = None
_given = {}


class Record(dict):
    """A JSON object with its fields as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value


def record(value):
    if isinstance(value, dict):
        return Record({key: record(item) for key, item in value.items()})
    if isinstance(value, list):
        return [record(item) for item in value]
    return value


class Memory:
    """The agent's blocks as the call began. What a tool changes here is saved when it returns."""

    def __init__(self, blocks):
        self.blocks = blocks

    def get_blocks(self):
        return self.blocks

    def get_block(self, label):
        for block in self.blocks:
            if block["label"] == label:
                return block
        known = [block["label"] for block in self.blocks]
        raise KeyError(f"Block field {label} does not exist (available sections = {', '.join(known)})")

    def list_block_labels(self):
        return [block["label"] for block in self.blocks]

    def update_block_value(self, label, value):
        if not isinstance(value, str):
            raise ValueError("Provided value must be a string")
        self.get_block(label)["value"] = value


def edits():
    if state is None:
        return []
    try:
        now = {block["label"]: block["value"] for block in state["memory"].blocks}
        return [
            {"label": label, "value": value}
            for label, value in now.items()
            if isinstance(value, str) and label in _given and _given[label] != value
        ]
    except Exception:  # noqa: BLE001
        return []


class _Part:
    _calls = ()

    def __getattr__(self, name):
        raise AttributeError(f"a tool's client has no {name!r}: it reads and writes its own agent's blocks and passages")


def _own(agent_id):
    if agent_id is not None and agent_id != state["id"]:
        raise PermissionError("a tool's client reaches its own agent only")


class _Blocks(_Part):
    def list(self, agent_id=None, **_options):
        _own(agent_id)
        return record(_ask("blocks.list"))

    def retrieve(self, block_label, agent_id=None, **_options):
        block_label, agent_id = _in_order(block_label, agent_id)
        _own(agent_id)
        return record(_ask("blocks.read", label=block_label))

    def update(self, block_label, agent_id=None, value=None, **_options):
        block_label, agent_id = _in_order(block_label, agent_id)
        _own(agent_id)
        if not isinstance(value, str):
            raise ValueError("a tool's client updates a block's value: value must be a string")
        return record(_ask("blocks.write", label=block_label, value=value))

    modify = update


def _in_order(label, agent_id):
    """Older clients took the agent first."""
    return (agent_id, label) if isinstance(label, str) and label == state["id"] else (label, agent_id)


class _Passages(_Part):
    def create(self, agent_id=None, text=None, tags=None, **_options):
        _own(agent_id)
        return record(_ask("archival.insert", text=text, tags=tags))

    def list(self, agent_id=None, limit=None, after=None, **_options):
        _own(agent_id)
        return record(_ask("archival.list", limit=limit, after=after))

    def search(self, agent_id=None, query="", tags=None, top_k=None, **_options):
        _own(agent_id)
        found = record(_ask("archival.search", query=query, tags=tags, limit=top_k))
        for one in found:
            one.setdefault("content", one.get("text"))
            one.setdefault("timestamp", one.get("created_at"))
        return Record(count=len(found), results=found)


class _Agents(_Part):
    def __init__(self):
        self.blocks = _Blocks()
        self.passages = _Passages()

    def retrieve(self, agent_id=None, **_options):
        _own(agent_id)
        return state


class Client(_Part):
    def __init__(self, *_args, **_options):
        self.agents = _Agents()


def install(ask, agent):
    global _ask, state, client, _given
    _ask, state, client, _given = ask, None, None, {}
    if agent is None:
        return
    state = record(agent["state"])
    state["id"] = agent["id"]
    memory = state.get("memory") or {}
    blocks = memory.get("blocks") or state.get("blocks") or []
    _given = {block["label"]: block["value"] for block in blocks}
    state["memory"] = Memory(blocks)
    client = Client()
    if "letta_client" not in sys.modules:
        letta = types.ModuleType("letta_client")
        letta.Letta = Client
        sys.modules["letta_client"] = letta
