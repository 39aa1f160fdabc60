import { ReadableStream as NodeStream } from "node:stream/web";
import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Content,
  type LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import { createParser } from "eventsource-parser";
import { Answer } from "./answer";
import { errorOf, refusal, saidWithin } from "./error";
import { parseJson } from "./json";
import { chatBody } from "./request";
import { CLOSES_ONLY } from "./think-tags";

export type ChatServer = {
  /** The provider's name: options under it go into the body as they are. */
  name: string;
  baseUrl: string;
  apiKey: string | null;
  /** Whether it takes a schema of the answer, beside JSON of any kind. */
  jsonSchema: boolean;
  fetch: typeof fetch;
};

const MOST_IN_VAIN = 3;

/** The most that is read of one frame, or of an answer that is no stream, in characters. */
const MAX_FRAME_CHARS = 32 * 1024 * 1024;

/**
 * A model behind chat completions, the protocol that most servers speak and each in its own way. Tolerant: no frame is
 * checked against a schema, and what is not understood is passed over. Lossless: what a server wants back is in the
 * metadata of the part that it came with. Lean: one parser, no copy. Comments and empty frames come as `ping`.
 */
export function chatModel(server: ChatServer, modelId: string): LanguageModelV4 {
  /** How often in a row text waited for the end of a thought that was none: then it waits no more. */
  let inVain = 0;

  async function* watched(parts: Parts, answer: Answer): Parts {
    yield* parts;
    inVain = answer.saidAtOnce ? inVain + 1 : 0;
  }

  async function doStream(options: LanguageModelV4CallOptions) {
    const url = `${server.baseUrl}/chat/completions`;
    const body = chatBody(modelId, options, server);
    const call = { url, body };
    const response = await post(server, call, options);
    if (!response.ok || !response.body) throw await refusal(call, response);
    const tools = new Set((options.tools ?? []).map((tool) => tool.name));
    const answer = new Answer({ tools, mayCloseOnly: CLOSES_ONLY.test(modelId) && inVain < MOST_IN_VAIN });
    const isStream = !/^application\/(.*\+)?json/i.test(response.headers.get("content-type") ?? "");
    const parts = isStream ? streamed(call, response.body, answer) : unstreamed(call, response, answer);
    const stream = NodeStream.from(watched(parts, answer)) as unknown as ReadableStream<LanguageModelV4StreamPart>;
    return { stream, request: { body }, response: { headers: Object.fromEntries(response.headers) } };
  }

  return {
    specificationVersion: "v4",
    provider: `${server.name}.chat`,
    modelId,
    supportedUrls: { "image/*": [/^https?:\/\//] },
    doStream,
    async doGenerate(options) {
      const { stream, request } = await doStream(options);
      return { ...(await collected(stream)), request, warnings: [] };
    },
  };
}

type Call = { url: string; body: Record<string, unknown> };

async function post(server: ChatServer, { url, body }: Call, options: LanguageModelV4CallOptions): Promise<Response> {
  const given = Object.entries(options.headers ?? {}).filter((entry): entry is [string, string] => entry[1] != null);
  const headers = {
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    ...(server.apiKey ? { authorization: `Bearer ${server.apiKey}` } : {}),
    ...Object.fromEntries(given),
  };
  const { abortSignal: signal } = options;
  try {
    return await server.fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted || !(error instanceof TypeError || isOfNetwork(error))) throw error;
    const { message } = error;
    const cause = error.cause instanceof Error ? error.cause.message || String(error.cause) : message;
    throw new APICallError({
      message: `Cannot connect to API: ${cause}`,
      url,
      requestBodyValues: body,
      cause: error,
      isRetryable: true,
    });
  }
}

/** Failures of Node's own requests, which are no TypeErrors. */
function isOfNetwork(error: unknown): error is Error {
  const code = error instanceof Error && (error as NodeJS.ErrnoException).code;
  return typeof code === "string" && /^(E[A-Z]+|UND_ERR)/.test(code) && !code.startsWith("ERR_");
}

type Parts = AsyncGenerator<LanguageModelV4StreamPart>;

async function* streamed(call: Call, body: ReadableStream<Uint8Array>, answer: Answer): Parts {
  const frames: { event: string | undefined; data: string }[] = [];
  const parser = createParser({
    maxBufferSize: MAX_FRAME_CHARS,
    onEvent: ({ event, data }) => frames.push({ event, data }),
    onError: (error) => {
      // A line that is no field may be an answer that is no stream at all; only what is too long is a failure.
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield { type: "ping" };
    for (const { event, data } of frames.splice(0)) yield* readFrame(call, event, data, answer);
  }
  // The last frame of some servers lacks the empty line.
  parser.feed("\n\n");
  for (const { event, data } of frames.splice(0)) yield* readFrame(call, event, data, answer);
  if (!answer.complete) throw new Error("The provider's stream ended before its answer did.");
  yield* answer.end();
}

function* readFrame(call: Call, event: string | undefined, data: string, answer: Answer) {
  const text = data.trim();
  if (text === "[DONE]") answer.complete = true;
  if (text === "" || text === "[DONE]") return;
  const frame = parseJson(text);
  const error = errorOf(frame) ?? (event === "error" ? { message: text, status: null } : null);
  if (error) throw saidWithin(call, error, text);
  yield* answer.push(frame);
}

/** A server that does not stream, or answers an error with 200. */
async function* unstreamed(call: Call, response: Response, answer: Answer): Parts {
  const text = await response.text();
  const body = parseJson(text);
  const error = errorOf(body);
  if (error) throw saidWithin(call, error, text);
  if (body === undefined) throw saidWithin(call, { message: text.slice(0, 500), status: null }, text);
  yield* answer.push(body);
  if (!answer.complete && !Array.isArray((body as { choices?: unknown })?.choices))
    throw new Error("The provider's answer has no choices.");
  yield* answer.end();
}

/** A stream's parts as one answer. */
async function collected(stream: ReadableStream<LanguageModelV4StreamPart>) {
  const content: LanguageModelV4Content[] = [];
  let finish: Extract<LanguageModelV4StreamPart, { type: "finish" }> | null = null;
  let text = "";
  for await (const part of stream as unknown as AsyncIterable<LanguageModelV4StreamPart>) {
    if (part.type === "text-delta" || part.type === "reasoning-delta") text += part.delta;
    else if (part.type === "text-end" || part.type === "reasoning-end") {
      const type = part.type === "text-end" ? "text" : "reasoning";
      content.push({ type, text, ...(part.providerMetadata && { providerMetadata: part.providerMetadata }) });
      text = "";
    } else if (part.type === "tool-call") content.push(part);
    else if (part.type === "finish") finish = part;
  }
  const { finishReason, usage, providerMetadata } = finish!;
  return { content, finishReason, usage, ...(providerMetadata && { providerMetadata }) };
}
