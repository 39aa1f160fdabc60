import LettaClient from "../clients/letta-1/node_modules/@letta-ai/letta-client/index.mjs";
import type { AgentCreateParams } from "../clients/letta-1/node_modules/@letta-ai/letta-client/resources/agents/agents.mjs";
import type {
  LettaStreamingResponse,
  Message,
} from "../clients/letta-1/node_modules/@letta-ai/letta-client/resources/agents/messages.mjs";
import { type ScriptedModel, startScriptedModel } from "./scripted-model";
import { type ServerOptions, startServer, type TestServer } from "./server";

export { APIError } from "../clients/letta-1/node_modules/@letta-ai/letta-client/index.mjs";
export type { LettaStreamingResponse, Message };
export { LettaClient };

/** The handle of the scripted model. */
export const MODEL = "openai/scripted";
const DEADLINE_MS = 90_000;
const POLL_MS = 20;

/** The built server with a scripted model behind it, and the official client in front of it. */
export type Rig = { server: TestServer; model: ScriptedModel; letta: LettaClient; url: string; stop(): Promise<void> };

export async function startRig(options: ServerOptions = {}): Promise<Rig> {
  const model = await startScriptedModel();
  const server = await startServer({ modelUrl: model.url, ...options });
  return {
    server,
    model,
    url: server.url,
    // A failure must be seen: the client would ask again by itself.
    letta: new LettaClient({ baseURL: server.url, apiKey: null, maxRetries: 0 }),
    async stop() {
      await server.stop();
      await model.close();
      if (process.env.MEMOIR_TEST_OUTPUT) console.log(server.output());
    },
  };
}

/** An agent on the scripted model, without base tools unless asked for. */
export function makeAgent(rig: Rig, body: Partial<AgentCreateParams> = {}) {
  return rig.letta.agents.create({ model: MODEL, include_base_tools: false, ...body });
}

/** A message of the user, as `messages` of a request. */
export function says(content: string, extra: { otid?: string } = {}) {
  return [{ role: "user" as const, content, ...extra }];
}

export type Frame = LettaStreamingResponse;

/** Every frame of a stream, to its end. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

type OfType<M, T> = M extends { message_type?: infer Own } ? (T extends Own ? M : never) : never;

/** Those of one type, typed as such. */
export function only<M extends { message_type?: string }, const T extends string>(
  messages: readonly M[],
  type: T,
): OfType<M, T>[] {
  return messages.filter((message) => message.message_type === type) as OfType<M, T>[];
}

/** What the assistant said, fragments joined. */
export function said(messages: readonly { message_type?: string }[]): string {
  return only(messages as Message[], "assistant_message")
    .map((message) => (typeof message.content === "string" ? message.content : JSON.stringify(message.content)))
    .join("");
}

/** Types in order. */
export const typesOf = (messages: readonly { message_type?: string }[]) =>
  messages.map((message) => message.message_type);

export type Refusal = { status: number; body: Record<string, unknown>; headers: Headers };

/** The error that a call ends with; that it succeeds is the failure. */
export async function refused(call: PromiseLike<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    const { status, error: body, headers } = error as { status?: number; error?: unknown; headers?: Headers };
    if (status === undefined) throw error;
    return { status, body: body as Record<string, unknown>, headers: headers! };
  }
  throw new Error("the call succeeded");
}

/** Asks until the answer is there. */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false> | T): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export type Answer = { status: number; body: unknown; text: string; headers: Headers };

/** A request without the client, for what it does not have. */
export async function http(
  rig: { url: string },
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(rig.url + path, {
    method,
    headers: { ...(options.body === undefined ? {} : { "content-type": "application/json" }), ...options.headers },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, body: isJson ? JSON.parse(text) : null, text, headers: response.headers };
}

export type RawFrame = { event: string | null; data: string };

/** The frames of a stream of server-sent events as they stand on the wire. */
export async function* rawFrames(response: Response): AsyncGenerator<RawFrame> {
  let buffer = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      const frame = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const lines = frame.split("\n");
      const event =
        lines
          .find((line) => line.startsWith("event:"))
          ?.slice(6)
          .trim() ?? null;
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      if (data.length > 0) yield { event, data: data.join("\n") };
    }
  }
}

/** A door that stays shut until it is opened. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** The form of an id on the wire. */
export const idOf = (prefix: string) => new RegExp(`^${prefix}-${UUID}$`);
export const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
