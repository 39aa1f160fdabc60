import { FieldSplitter } from "@/lib/stream/json-fields";
import type { ModelEvent, ToolSpec } from "./model";

/**
 * How a model is spoken to beyond what its provider understands: what is added to the tools it is shown, and how what
 * it sends is read. After `interpret` all agents are alike, but for the extra arguments that calls may still carry.
 *
 * Nothing here throws on what a model sends, however malformed.
 */
export type Dialect = {
  /** The tools as the model is shown them; the ones given are not changed. */
  present(tools: readonly ToolSpec[], options: DialectOptions): ToolSpec[];
  /** The events as the loop reads and stores them. */
  interpret(events: AsyncIterable<ModelEvent>, options: DialectOptions): AsyncIterable<ModelEvent>;
  /** Whether the arguments of a call ask for another turn. */
  heartbeatRequested(args: Record<string, unknown>): boolean;
  /** The arguments that are the tool's own. */
  stripArguments(args: Record<string, unknown>): Record<string, unknown>;
};

export type DialectOptions = {
  /** Whether the model thinks in an argument of each call. */
  innerThoughtsInKwargs: boolean;
  /** The form of what is said, as a JSON schema that the argument of `send_message` gets; null for any text. */
  messageSchema?: Record<string, unknown> | null;
  /** Tools that end the loop can't ask for another turn. */
  isTerminal(toolName: string): boolean;
};

/** Tools and events as they are. */
export const NATIVE: Dialect = {
  present: (tools) => [...tools],
  interpret: (events) => events,
  heartbeatRequested: () => false,
  stripArguments: (args) => args,
};

/**
 * The way of MemGPT (contract §3.4): every tool call begins with a `thinking` argument, unless the model thinks for
 * itself, and ends with `request_heartbeat`; text outside of calls is thought, what is said is said by a tool.
 * The arguments of a call keep `request_heartbeat`, as the contract stores them, and lose `thinking`.
 */
export const MEMGPT: Dialect = {
  present: (tools, options) => tools.map((tool) => presentTool(tool, options)),
  interpret: interpretMemgpt,
  heartbeatRequested,
  stripArguments: stripDialectArguments,
};

const THINKING = "thinking";
const SAYS = "send_message";
const SAID = "message";
const HEARTBEAT = "request_heartbeat";

/** By what a model is told of its thought, tools that ask for one can be told. */
export const THOUGHT_TEXT = "Deep inner monologue private to you only.";
const THINKING_PARAMETER = { type: "string", description: THOUGHT_TEXT };
const HEARTBEAT_PARAMETER = {
  type: "boolean",
  description:
    "Request an immediate heartbeat after function execution. You MUST set this value to `True` if you want to send a follow-up message or run a follow-up tool call (chain multiple tools together). If set to `False` (the default), then the chain of execution will end immediately after this function call.",
};

/** MemGPT's `request_heartbeat`. Models also send it as a string, or as Python writes it. */
export function heartbeatRequested(args: Record<string, unknown>): boolean {
  const value = Object.hasOwn(args, HEARTBEAT) ? args[HEARTBEAT] : false;
  return value === true || (typeof value === "string" && value.trim().toLowerCase() === "true");
}

/** The arguments without those that MemGPT adds. */
export function stripDialectArguments(args: Record<string, unknown>): Record<string, unknown> {
  const { [THINKING]: _thought, [HEARTBEAT]: _heartbeat, ...own } = args;
  return own;
}

/**
 * The form that an answer must have, as a schema of what `send_message` is given (as the original does); null where the
 * settings ask for none.
 */
export function messageSchemaOf(settings: Record<string, unknown>): Record<string, unknown> | null {
  const format = (settings.response_format ?? settings.response_schema) as
    | { type?: unknown; json_schema?: { schema?: unknown } }
    | null
    | undefined;
  if (format?.type === "json_object")
    return { type: "object", description: "What you say.", properties: {}, additionalProperties: true };
  if (format?.type !== "json_schema") return null;
  const schema = format.json_schema?.schema ?? format.json_schema;
  return schema && typeof schema === "object" ? (schema as Record<string, unknown>) : null;
}

function presentTool(tool: ToolSpec, { innerThoughtsInKwargs, messageSchema, isTerminal }: DialectOptions): ToolSpec {
  const { properties: given = {}, required = [] } = tool.parameters;
  const formed = messageSchema && tool.name === SAYS && SAID in given;
  const properties = formed ? { ...given, [SAID]: messageSchema } : given;
  const { [THINKING]: _thought, [HEARTBEAT]: _heartbeat, ...own } = properties;
  const before = innerThoughtsInKwargs ? { [THINKING]: THINKING_PARAMETER } : {};
  const after = isTerminal(tool.name) ? {} : { [HEARTBEAT]: HEARTBEAT_PARAMETER };
  const ownRequired = required.filter((name) => name !== THINKING && name !== HEARTBEAT);
  return {
    ...tool,
    parameters: {
      ...tool.parameters,
      properties: { ...before, ...own, ...after },
      required: [...Object.keys(before), ...ownRequired, ...Object.keys(after)],
    },
  };
}

/** A call that is being received. It starts, for the reader, once it shows more than its thought. */
type Call = {
  id: string;
  name: string;
  splitter: FieldSplitter;
  started: boolean;
  held: string;
  /** What is to be kept beside the call, until it starts. */
  beside: ModelEvent[];
};

async function* interpretMemgpt(
  events: AsyncIterable<ModelEvent>,
  { innerThoughtsInKwargs }: DialectOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const calls = new Map<string, Call>();
  for await (const event of events) {
    if (event.type === "text") yield* thought(event.text);
    else if (event.type === "tool-call" && innerThoughtsInKwargs) {
      yield* startCalls(calls, event.id);
      const { id, name } = event;
      calls.set(id, { id, name, splitter: new FieldSplitter(THINKING), started: false, held: "", beside: [] });
    } else if (event.type === "tool-call-arguments" && calls.has(event.id)) {
      yield* readArguments(calls.get(event.id)!, event.text);
    } else if (event.type === "opaque" && typeof event.of === "object" && calls.get(event.of.call)?.started === false) {
      calls.get(event.of.call)?.beside.push(event);
    } else {
      if (event.type === "finish" || event.type === "error") yield* endCalls(calls);
      yield event;
    }
  }
  yield* endCalls(calls);
}

function* thought(text: string): Generator<ModelEvent> {
  if (text !== "") yield { type: "reasoning", text, source: "non_reasoner_model" };
}

function* readArguments(call: Call, fragment: string): Generator<ModelEvent> {
  const { text, rest } = call.splitter.push(fragment);
  yield* thought(text);
  call.held += rest;
  // An opening brace alone may still be followed by the thought, which belongs before the call.
  if (call.started || !/^\s*\{?\s*$/.test(call.held)) yield* passArguments(call);
}

function* passArguments(call: Call): Generator<ModelEvent> {
  const { id, name, held } = call;
  if (!call.started) {
    yield { type: "tool-call", id, name };
    yield* call.beside;
  }
  if (held !== "") yield { type: "tool-call-arguments", id, text: held };
  call.started = true;
  call.held = "";
}

/** Starts the calls that came before another one, so that they stay in order; one that has the same id is over. */
function* startCalls(calls: Map<string, Call>, nextId: string): Generator<ModelEvent> {
  for (const call of calls.values()) {
    if (call.id === nextId) call.held += call.splitter.end();
    if (!call.started || call.held !== "") yield* passArguments(call);
  }
}

/** Passes on what calls still hold, and forgets them. */
function* endCalls(calls: Map<string, Call>): Generator<ModelEvent> {
  for (const call of calls.values()) {
    call.held += call.splitter.end();
    if (!call.started || call.held !== "") yield* passArguments(call);
  }
  calls.clear();
}
