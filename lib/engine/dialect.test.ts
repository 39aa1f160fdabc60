import { describe, expect, it } from "vitest";
import { type DialectOptions, heartbeatRequested, MEMGPT, NATIVE, stripDialectArguments } from "./dialect";
import type { ModelEvent, ToolSpec } from "./model";

const TOOL: ToolSpec = {
  name: "memory_insert",
  description: "Adds text.",
  parameters: { type: "object", properties: { label: { type: "string" } }, required: ["label"] },
};
const SEND: ToolSpec = {
  name: "send_message",
  description: "Says it.",
  parameters: { type: "object", properties: { message: { type: "string" } } },
};
const THINKS: DialectOptions = { innerThoughtsInKwargs: true, isTerminal: (name) => name === "send_message" };
const PLAIN: DialectOptions = { ...THINKS, innerThoughtsInKwargs: false };
const FINISH: ModelEvent = { type: "finish", reason: "tool-calls", usage: null };

async function interpret(events: ModelEvent[], options = THINKS): Promise<ModelEvent[]> {
  async function* source() {
    yield* events;
  }
  const read: ModelEvent[] = [];
  for await (const event of MEMGPT.interpret(source(), options)) read.push(event);
  return read;
}

/** A call as a provider streams it, its arguments in pieces of so many characters. */
function call(id: string, text: string, size = 3): ModelEvent[] {
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  );
  return [
    { type: "tool-call", id, name: "f" },
    ...pieces.map((piece): ModelEvent => ({ type: "tool-call-arguments", id, text: piece })),
  ];
}

function thoughtOf(events: ModelEvent[]): string {
  return events.map((event) => (event.type === "reasoning" ? event.text : "")).join("");
}

function argumentsOf(events: ModelEvent[], id: string): string {
  return events.map((event) => (event.type === "tool-call-arguments" && event.id === id ? event.text : "")).join("");
}

describe("NATIVE", () => {
  it("leaves tools, events and arguments as they are", async () => {
    expect(NATIVE.present([TOOL], THINKS)).toEqual([TOOL]);
    async function* source(): AsyncGenerator<ModelEvent> {
      yield { type: "text", text: "hi" };
    }
    const read: ModelEvent[] = [];
    for await (const event of NATIVE.interpret(source(), THINKS)) read.push(event);
    expect(read).toEqual([{ type: "text", text: "hi" }]);
    const args = { thinking: "a tool's own", request_heartbeat: true };
    expect(NATIVE.stripArguments(args)).toEqual(args);
    expect(NATIVE.heartbeatRequested(args)).toBe(false);
  });
});

describe("MEMGPT.present", () => {
  it("puts a required thought first and a required heartbeat last", () => {
    const [shown] = MEMGPT.present([TOOL], THINKS);
    expect(Object.keys(shown!.parameters.properties)).toEqual(["thinking", "label", "request_heartbeat"]);
    expect(shown!.parameters.required).toEqual(["thinking", "label", "request_heartbeat"]);
    expect(shown!.parameters.properties.request_heartbeat).toMatchObject({ type: "boolean" });
    expect(shown).toMatchObject({ name: TOOL.name, description: TOOL.description });
  });

  it("asks terminal tools for no heartbeat, and models that think by themselves for no thought", () => {
    expect(MEMGPT.present([SEND], THINKS)[0]!.parameters.required).toEqual(["thinking"]);
    expect(MEMGPT.present([TOOL], PLAIN)[0]!.parameters.required).toEqual(["label", "request_heartbeat"]);
    expect(MEMGPT.present([SEND], PLAIN)[0]).toEqual({ ...SEND, parameters: { ...SEND.parameters, required: [] } });
  });

  it("does not change the tools it is given, and adds nothing twice", () => {
    const before = structuredClone(TOOL);
    const once = MEMGPT.present([TOOL], THINKS);
    expect(TOOL).toEqual(before);
    expect(MEMGPT.present(once, THINKS)).toEqual(once);
  });
});

describe("MEMGPT.interpret", () => {
  it("reads text as a thought of a model that has no channel for thoughts", async () => {
    expect(await interpret([{ type: "text", text: "hm" }, { type: "text", text: "" }, FINISH])).toEqual([
      { type: "reasoning", text: "hm", source: "non_reasoner_model" },
      FINISH,
    ]);
  });

  it.each([1, 2, 5, 1000])(
    "gives the thought before the call, as it arrives, and the other arguments to the letter (pieces of %i)",
    async (size) => {
      const text = '{"thinking": "I \\"know\\" 😀", "label": "human", "request_heartbeat": true}';
      const events = await interpret([...call("c", text, size), FINISH]);
      expect(thoughtOf(events)).toBe('I "know" 😀');
      expect(argumentsOf(events, "c")).toBe('{"label": "human", "request_heartbeat": true}');
      const start = events.findIndex((event) => event.type === "tool-call");
      expect(events.slice(0, start).every((event) => event.type === "reasoning")).toBe(true);
      expect(events.slice(start).some((event) => event.type === "reasoning")).toBe(false);
      expect(events.at(-1)).toEqual(FINISH);
    },
  );

  it("passes a thought on before it is complete", async () => {
    const events = await interpret([...call("c", '{"thinking": "one two', 4)]);
    expect(events.filter((event) => event.type === "reasoning").length).toBeGreaterThan(1);
  });

  it("takes the thought out wherever it stands", async () => {
    const events = await interpret([...call("c", '{"label": "human", "thinking": "late"}'), FINISH]);
    expect(thoughtOf(events)).toBe("late");
    expect(argumentsOf(events, "c")).toBe('{"label": "human"}');
  });

  it("starts a call that has nothing but a thought, or nothing at all", async () => {
    for (const [text, rest] of [
      ['{"thinking": "x"}', "{}"],
      ["{}", "{}"],
      ["", ""],
      ["{", "{"],
    ] as const) {
      const events = await interpret([...call("c", text), FINISH]);
      expect(events.filter((event) => event.type === "tool-call")).toEqual([{ type: "tool-call", id: "c", name: "f" }]);
      expect(argumentsOf(events, "c")).toBe(rest);
      expect(events.at(-1)).toEqual(FINISH);
    }
  });

  it.each(["not json", '["thinking"]', '{"label": "hum', "{label: 1}", '{"a":1}{"a":2}', "null", '{"a":1,}'])(
    "passes malformed arguments %j on as they came",
    async (text) => {
      expect(argumentsOf(await interpret([...call("c", text, 1), FINISH]), "c")).toBe(text);
      expect(argumentsOf(await interpret([...call("c", text, 1)]), "c")).toBe(text);
    },
  );

  it("keeps calls apart and in order, also when their arguments come mixed", async () => {
    const one = call("a", '{"thinking": "1", "x": 1}', 4);
    const two = call("b", '{"thinking": "2", "y": 2}', 4);
    const mixed = one.flatMap((event, at) => [event, two[at]!]);
    for (const events of [await interpret([...one, ...two, FINISH]), await interpret([...mixed, FINISH])]) {
      expect(events.flatMap((event) => (event.type === "tool-call" ? [event.id] : []))).toEqual(["a", "b"]);
      expect([argumentsOf(events, "a"), argumentsOf(events, "b")]).toEqual(['{"x": 1}', '{"y": 2}']);
      expect([...thoughtOf(events)].sort()).toEqual(["1", "2"]);
    }
  });

  it("keeps the order of calls when the first one falls behind, and what a call held when its id comes again", async () => {
    const start = (id: string): ModelEvent => ({ type: "tool-call", id, name: "f" });
    const text = (id: string, piece: string): ModelEvent => ({ type: "tool-call-arguments", id, text: piece });
    const behind = [
      start("a"),
      text("a", "{"),
      start("b"),
      text("b", '{"y": 2}'),
      text("a", '"thinking": "1", "x": 1}'),
    ];
    const events = await interpret([...behind, FINISH]);
    expect(events.flatMap((event) => (event.type === "tool-call" ? [event.id] : []))).toEqual(["a", "b"]);
    expect([argumentsOf(events, "a"), thoughtOf(events)]).toEqual(['{"x": 1}', "1"]);
    const again = await interpret([start("c"), text("c", '{"x": 1, "y'), start("c"), text("c", "{}"), FINISH]);
    expect(argumentsOf(again, "c")).toBe('{"x": 1, "y{}');
  });

  it("survives a missing id, an id that comes twice and arguments of no call", async () => {
    const twice = [...call("", '{"thinking": "1", "x": 1}'), ...call("", '{"thinking": "2", "x": 2}')];
    expect(argumentsOf(await interpret([...twice, FINISH]), "")).toBe('{"x": 1}{"x": 2}');
    const stray: ModelEvent = { type: "tool-call-arguments", id: "nobody", text: '{"thinking": "x"}' };
    expect(await interpret([stray])).toEqual([stray]);
  });

  it("gives what calls still hold before an error, and all other events as they are", async () => {
    const error: ModelEvent = {
      type: "error",
      error: { kind: "llm_timeout", message: "m", detail: null, status: null },
    };
    const own: ModelEvent = { type: "reasoning", text: "r", signature: "s" };
    const hidden: ModelEvent = { type: "redacted-reasoning", data: "x" };
    const events = await interpret([own, hidden, { type: "tool-call", id: "c", name: "f" }, error]);
    expect(events).toEqual([own, hidden, { type: "tool-call", id: "c", name: "f" }, error]);
  });

  it("leaves a tool's own thinking argument alone where the model was not asked to think there", async () => {
    const events = call("c", '{"thinking": "mine"}');
    expect(await interpret(events, PLAIN)).toEqual(events);
  });
});

describe("MemGPT's arguments", () => {
  it("ask for a heartbeat as JSON, as a string or in Python's words", () => {
    for (const asked of [true, "true", "True", " TRUE "])
      expect(heartbeatRequested({ request_heartbeat: asked })).toBe(true);
    for (const not of [false, "false", "", 1, null, {}, undefined])
      expect(heartbeatRequested({ request_heartbeat: not })).toBe(false);
    expect(heartbeatRequested({})).toBe(false);
  });

  it("are stripped before a tool sees them, without changing the call", () => {
    const args = { thinking: "x", label: "human", request_heartbeat: true };
    expect(stripDialectArguments(args)).toEqual({ label: "human" });
    expect(Object.keys(args)).toHaveLength(3);
  });
});
