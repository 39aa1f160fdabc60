import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer of the scripted model: what it says and calls, and how it misbehaves. */
export type Script = {
  text?: string;
  reasoning?: string;
  calls?: { id?: string; name: string; args: Record<string, unknown> | string }[];
  /** Milliseconds between fragments. */
  pauseMs?: number;
  /** Answer with this status and no stream. */
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Cut the connection after so many fragments. */
  cutAfter?: number;
  /** Never answer. */
  hang?: boolean;
  /** Before the fragment with this number (0 if not given), wait for `hold`. */
  holdAt?: number;
  hold?: Promise<unknown>;
  finish?: "stop" | "length" | "tool_calls";
  /** How likely the tokens are, given with the end if the request asks for it. */
  logprobs?: unknown[];
  usage?: { prompt_tokens: number; completion_tokens: number };
};

/** What the model was asked, as it came over the wire. */
export type Asked = {
  model: string;
  messages: { role: string; content: unknown; tool_calls?: unknown[]; tool_call_id?: string }[];
  tools?: { function: { name: string } }[];
  [key: string]: unknown;
};

export type ScriptedModel = {
  /** Of the OpenAI-compatible API, with `/v1`. */
  url: string;
  requests: Asked[];
  /** Answers in order; when they are used up, `otherwise` answers. */
  push(...scripts: Script[]): void;
  otherwise: (asked: Asked) => Script;
  reset(): void;
  close(): Promise<void>;
};

/**
 * A model server that speaks OpenAI's chat completions, streaming too, and says what it is told to. It takes every key but
 * `wrong`.
 */
export async function startScriptedModel(options: { port?: number; models?: string[] } = {}): Promise<ScriptedModel> {
  const queue: Script[] = [];
  const models = options.models ?? ["scripted", "scripted-2"];
  const open = new Set<ServerResponse>();
  const model: ScriptedModel = {
    url: "",
    requests: [],
    push: (...scripts) => void queue.push(...scripts),
    otherwise: () => ({ text: "Hello from the scripted model." }),
    reset() {
      queue.length = 0;
      model.requests.length = 0;
      model.otherwise = () => ({ text: "Hello from the scripted model." });
    },
    async close() {
      for (const response of open) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer(async (request, response) => {
    open.add(response);
    response.on("close", () => open.delete(response));
    if (request.headers.authorization === "Bearer wrong") {
      return json(response, 401, { error: { message: "Incorrect API key provided" } });
    }
    if (request.method === "GET" && request.url?.startsWith("/v1/models")) {
      return json(response, 200, {
        object: "list",
        data: models.map((id) => ({ id, object: "model", context_length: 32_000 })),
      });
    }
    if (request.method !== "POST" || !request.url?.startsWith("/v1/chat/completions"))
      return json(response, 404, { error: { message: "no such path" } });
    const asked = JSON.parse(await bodyOf(request)) as Asked;
    model.requests.push(asked);
    const script = queue.shift() ?? model.otherwise(asked);
    await answer(response, script, asked);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return model;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function answer(response: ServerResponse, script: Script, asked: Asked): Promise<void> {
  if (script.hang) return;
  if (script.status)
    return json(
      response,
      script.status,
      script.body ?? { error: { message: `scripted ${script.status}` } },
      script.headers,
    );
  if (script.hold && !script.holdAt) await script.hold;
  const deltas = deltasOf(script);
  const usage = { prompt_tokens: 100, completion_tokens: deltas.length, ...script.usage };
  const total = { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens };
  const finish = script.finish ?? (script.calls?.length ? "tool_calls" : "stop");
  if (!asked.stream) return json(response, 200, whole(script, asked, finish, total));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (choices: unknown[], extra: Record<string, unknown> = {}) =>
    response.write(
      `data: ${JSON.stringify({ id: "chatcmpl-scripted", object: "chat.completion.chunk", created: 1, model: asked.model, choices, ...extra })}\n\n`,
    );
  for (const [index, delta] of deltas.entries()) {
    // Without the end that HTTP wants, but after all that was said has gone out.
    if (script.cutAfter !== undefined && index >= script.cutAfter) return void response.socket?.end();
    if (script.holdAt === index && index > 0) await script.hold;
    send([{ index: 0, delta, finish_reason: null }]);
    if (script.pauseMs) await new Promise((resolve) => setTimeout(resolve, script.pauseMs));
  }
  const logprobs = asked.logprobs && script.logprobs ? { logprobs: { content: script.logprobs } } : {};
  send([{ index: 0, delta: {}, finish_reason: finish, ...logprobs }]);
  send([], { usage: total });
  response.end("data: [DONE]\n\n");
}

function deltasOf(script: Script): Record<string, unknown>[] {
  const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? [];
  const deltas: Record<string, unknown>[] = [{ role: "assistant", content: "" }];
  for (const word of words(script.reasoning ?? "")) deltas.push({ reasoning_content: word });
  for (const word of words(script.text ?? "")) deltas.push({ content: word });
  for (const [index, call] of (script.calls ?? []).entries()) {
    const id = call.id ?? `call_${Math.random().toString(36).slice(2, 12)}`;
    deltas.push({ tool_calls: [{ index, id, type: "function", function: { name: call.name, arguments: "" } }] });
    const text = typeof call.args === "string" ? call.args : JSON.stringify(call.args);
    for (const piece of text.match(/.{1,12}/gs) ?? [])
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  return deltas;
}

function whole(script: Script, asked: Asked, finish: string, usage: Record<string, number>) {
  const calls = (script.calls ?? []).map((call, index) => ({
    id: call.id ?? `call_${index}`,
    type: "function",
    function: { name: call.name, arguments: typeof call.args === "string" ? call.args : JSON.stringify(call.args) },
  }));
  const message = { role: "assistant", content: script.text ?? null, ...(calls.length ? { tool_calls: calls } : {}) };
  return {
    id: "chatcmpl-scripted",
    object: "chat.completion",
    created: 1,
    model: asked.model,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage,
  };
}
