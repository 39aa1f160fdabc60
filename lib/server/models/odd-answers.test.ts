import { describe, expect, test } from "vitest";
import { parseArguments } from "@/lib/engine/call-tools";
import { textOf, toolCallsOf } from "@/lib/stream/message";
import { type Answer, chunk, network, requestOf, type Speaker, turn, user } from "./testing/peculiar";

type Json = Record<string, unknown>;
const SERVER: Speaker = { type: "openai-compatible", provider: "local", name: "m1" };
const ARGS = '{"what":"teal"}';
const call = (more: Json = {}, inner: Json = {}) => ({
  index: 0,
  id: "call_a",
  type: "function",
  function: { name: "note", arguments: ARGS, ...inner },
  ...more,
});
const calls = (...all: unknown[]) => chunk({ role: "assistant", tool_calls: all });
const hello = chunk({ role: "assistant", content: "Hello" });
const stop = chunk({}, "stop");
const usage = (said: unknown) => ({ ...chunk({}), choices: [], usage: said });

async function ask(frames: (object | string)[], speaker = SERVER, done = true) {
  const { send, sent } = network({ frames, done });
  return { ...(await turn(speaker, send, requestOf([user("hi")]))), sent };
}

describe("an answer is kept whatever stands in a frame", () => {
  const FRAMES: [name: string, frames: (object | string)[]][] = [
    ["choices are null", [hello, stop, { ...usage({}), choices: null }]],
    ["there is no key for choices", [{ id: "c1", object: "chat.completion.chunk" }, hello, stop]],
    ["a ping by name", ['event: ping\ndata: {"type":"ping"}\n\n', hello, stop]],
    ["empty data", ["data:\n\n", "data: \n\n", hello, stop]],
    ["comments", [": OPENROUTER PROCESSING\n\n", hello, ": keep-alive\n\n", stop]],
    ["data that is no JSON", ["data: ok\n\n", hello, stop]],
    ["data that is a number, a list, null", ["data: 1\n\n", "data: []\n\n", "data: null\n\n", hello, stop]],
    ["an empty role", [chunk({ role: "", content: "Hello" }), stop]],
    ["a delta that is null", [hello, { ...chunk(null), choices: [{ index: 0, delta: null, finish_reason: "stop" }] }]],
    ["no delta at all", [hello, { choices: [{ index: 0, finish_reason: "stop" }] }]],
    ["a choice without an index", [{ choices: [{ delta: { content: "Hello" } }] }, stop]],
    [
      "a second choice",
      [
        {
          choices: [
            { index: 1, delta: { content: "Other" } },
            { index: 0, delta: { content: "Hello" } },
          ],
        },
        stop,
      ],
    ],
    ["an end of another name", [hello, chunk({}, "eos")]],
    ["an end that is empty", [chunk({ content: "Hello" }, ""), chunk({}, "stop")]],
    ["no end but [DONE]", [hello]],
    ["ids and dates of any type", [{ ...hello, id: null, model: 3, created: "now" }, stop]],
    ["usage of texts", [hello, stop, usage({ prompt_tokens: "5", completion_tokens: "1" })]],
    ["usage of fractions", [hello, stop, usage({ prompt_tokens: 5.5, completion_tokens: 1.2 })]],
    [
      "usage below zero, beyond all bounds, null",
      [hello, stop, usage({ prompt_tokens: -1, completion_tokens: 1e300, total_tokens: null })],
    ],
    ["usage that is a text", [hello, stop, usage("none")]],
    ["calls that are null or none", [chunk({ content: "Hello", tool_calls: null }), chunk({ tool_calls: [] }, "stop")]],
    ["content in parts", [chunk({ content: [{ type: "text", text: "Hello" }] }), stop]],
    [
      "a message in the place of a delta",
      [{ choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }] }],
    ],
    [
      "the text of an older protocol",
      [{ object: "text_completion", choices: [{ index: 0, text: "Hello", finish_reason: null }] }, stop],
    ],
    ["filters of Azure", [{ id: "", choices: [], prompt_filter_results: [{}] }, hello, stop]],
    ["an error that is null", [{ ...hello, error: null }, stop]],
    ["lines that end in \\r\\n", [`data: ${JSON.stringify(hello)}\r\n\r\n`, `data: ${JSON.stringify(stop)}\r\n\r\n`]],
  ];
  test.each(FRAMES)("%s", async (_name, frames) => {
    const { failure, messages, usage: counted } = await ask(frames);
    expect(failure).toBeNull();
    expect(messages.map(textOf)).toEqual(["Hello"]);
    for (const count of Object.values(counted ?? {})) {
      if (count !== null) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    }
  });

  test("also where the server does not stream", async () => {
    const { send } = network({
      json: {
        choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1.4, completion_tokens: 2 },
      },
    });
    const { messages, usage: counted } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(messages.map(textOf)).toEqual(["Hello"]);
    expect(counted).toMatchObject({ input: 1, output: 2 });
  });

  test("but an answer that is cut off is none", async () => {
    const { failure } = await ask([hello], SERVER, false);
    expect(failure).toMatchObject({ kind: "llm_error" });
  });
});

describe("a call is read however it is sent", () => {
  const end = chunk({}, "tool_calls");
  const ONE: [name: string, frames: object[]][] = [
    ["whole", [calls(call()), end]],
    ["with an end for words", [calls(call()), stop]],
    ["without an id", [calls(call({ id: undefined })), end]],
    ["with an empty id", [calls(call({ id: "" })), end]],
    ["without a type or an index", [calls(call({ type: undefined, index: undefined })), end]],
    ["at index 1", [calls(call({ index: 1 })), end]],
    [
      "with null arguments first",
      [
        calls(call({}, { arguments: null })),
        calls({ index: 0, id: null, function: { name: null, arguments: ARGS } }),
        end,
      ],
    ],
    [
      "in fragments that repeat its id",
      [
        calls(call({}, { arguments: "" })),
        ...ARGS.match(/.{1,4}/g)!.map((text) => calls({ index: 0, id: "call_a", function: { arguments: text } })),
        end,
      ],
    ],
    [
      "in fragments with another id",
      [
        calls(call({}, { arguments: ARGS.slice(0, 5) })),
        calls({ index: 0, id: "other", function: { arguments: ARGS.slice(5) } }),
        end,
      ],
    ],
    [
      "with its name in a later fragment",
      [
        calls(call({}, { name: undefined, arguments: "" })),
        calls({ index: 0, function: { name: "note" } }),
        calls({ index: 0, function: { arguments: ARGS } }),
        end,
      ],
    ],
    ["twice as a whole", [calls(call()), calls(call()), end]],
    ["with the object itself as arguments", [calls(call({}, { arguments: { what: "teal" } })), end]],
    ["fenced", [calls(call({}, { arguments: `\`\`\`json\n${ARGS}\n\`\`\`` })), end]],
    ["encoded twice", [calls(call({}, { arguments: JSON.stringify(ARGS) })), end]],
    [
      "encoded three times, in fragments",
      [
        calls(call({}, { arguments: "" })),
        ...JSON.stringify(JSON.stringify(ARGS))
          .match(/.{1,5}/g)!
          .map((text) => calls({ index: 0, function: { arguments: text } })),
        end,
      ],
    ],
    ["with a name between blanks", [calls(call({}, { name: " note " })), end]],
    ["with what a template leaves behind a name", [calls(call({}, { name: "note<|channel|>commentary" })), end]],
    ["with a namespace", [calls(call({}, { name: "functions.note:0" })), end]],
    ["as a function call", [chunk({ function_call: { name: "note", arguments: ARGS } }), chunk({}, "function_call")]],
    ["as one object, not a list", [chunk({ tool_calls: call() }), end]],
  ];
  test.each(ONE)("%s", async (_name, frames) => {
    const { failure, messages } = await ask(frames);
    expect(failure).toBeNull();
    const made = messages.flatMap(toolCallsOf);
    expect(made).toHaveLength(1);
    expect(made[0]!.name).toBe("note");
    expect(JSON.parse(made[0]!.arguments)).toEqual({ what: "teal" });
    expect(made[0]!.id).toMatch(/\S/);
  });

  const TWO: [name: string, frames: object[]][] = [
    ["without indexes", [calls(call({ index: undefined })), calls(call({ index: undefined, id: "call_b" })), end]],
    ["both at index 0", [calls(call()), calls(call({ id: "call_b" })), end]],
    ["in one frame", [calls(call(), call({ index: 1, id: "call_b" })), end]],
    [
      "without ids or indexes",
      [calls(call({ index: undefined, id: undefined })), calls(call({ index: undefined, id: undefined })), end],
    ],
    ["with one id for both", [calls(call(), call({ index: 1 })), end]],
  ];
  test.each(TWO)("two %s", async (_name, frames) => {
    const { messages } = await ask(frames);
    const made = messages.flatMap(toolCallsOf);
    expect(made.map((one) => JSON.parse(one.arguments))).toEqual([{ what: "teal" }, { what: "teal" }]);
    expect(new Set(made.map((one) => one.id)).size).toBe(2);
  });
});

test("line breaks as they are in a call's strings are read, and shown to the model as what they were", async () => {
  const raw = '{"what":"teal\\u00e9\nand\ta \\"cat\\""}';
  const expected = { what: 'teal\u00e9\nand\ta "cat"' };
  expect(parseArguments(raw)).toEqual(expected);
  expect(parseArguments('{"what":"a" "b"}')).toBeNull();
  const { messages } = await ask([calls(call({}, { arguments: raw })), chunk({}, "tool_calls")]);
  const { send, sent } = network({ frames: [hello, stop] });
  await turn(SERVER, send, requestOf([user("hi"), ...messages]));
  const [made] = (sent[0]!.body.messages as Json[]).flatMap((one) => (one.tool_calls as Json[]) ?? []);
  expect(JSON.parse((made!.function as { arguments: string }).arguments)).toEqual(expected);
});

describe("a thought in tags is a thought", () => {
  const THOUGHTS: [name: string, model: string, texts: string[]][] = [
    ["in one piece", "m1", ["<think>hm</think>Hello"]],
    ["in pieces, cut within the tags", "m1", ["<th", "ink>\nh", "m</thi", "nk>\n\n", "Hel", "lo"]],
    ["after blanks", "m1", ["\n\n", "<think>", "\n", " hm", "\n", "</think>", "\n", "Hello"]],
    ["of another name", "m1", ["<thought>hm</thought>Hello"]],
    ["of which only the end comes", "qwen3-30b-thinking", ["hm", "\n</think>\n\nHello"]],
    ["of which only the end comes, cut", "qwen3", ["h", "m</th", "ink>", "Hello"]],
  ];
  test.each(THOUGHTS)("%s", async (_name, model, texts) => {
    const { messages } = await ask([...texts.map((content) => chunk({ content })), stop], { ...SERVER, name: model });
    expect(messages.map(textOf)).toEqual(["Hello"]);
    expect(messages[0]!.parts.map((part) => part.type)).toEqual(["reasoning", "text"]);
    expect(messages[0]!.parts[0]).toMatchObject({ reasoning: "hm", source: "reasoner_model" });
  });

  const TEXTS = ["Use <think> tags.", "a < b", "<thin ice", "<b>Hello</b>", "<", "2 </think> 3"];
  test.each(TEXTS)("and other text is text: %s", async (text) => {
    const { messages } = await ask([...text.match(/.{1,3}/g)!.map((content) => chunk({ content })), stop]);
    expect(messages.map(textOf)).toEqual([text]);
  });
});

describe("an error within an answer", () => {
  const OK: Answer = { frames: [chunk({ content: "second try" }), stop] };
  const SENTENCE = "The model is overloaded";
  const PASSING: [name: string, frame: object | string][] = [
    [
      "in a chunk with choices",
      { ...chunk({ role: "assistant", content: "" }, "error"), error: { code: 502, message: SENTENCE } },
    ],
    ["as a text", { error: SENTENCE }],
    ["as JSON in a text", { error: JSON.stringify({ message: SENTENCE, code: 503 }) }],
    ["by type", { error: { type: "overloaded_error", message: SENTENCE } }],
    ["by a code in words", { error: { code: "rate_limit_exceeded", message: SENTENCE } }],
    ["by a number in a text", { error: { code: "529", message: SENTENCE } }],
    ["as an object of its own", { object: "error", message: SENTENCE, code: 503 }],
    ["under another name", `event: error\ndata: ${JSON.stringify({ message: SENTENCE, status: 500 })}\n\n`],
    [
      "with the upstream's words inside",
      {
        error: {
          code: 502,
          message: "Provider returned error",
          metadata: { raw: JSON.stringify({ error: { message: SENTENCE } }) },
        },
      },
    ],
  ];
  test.each(PASSING)("before the first word is tried again: %s", async (_name, frame) => {
    const { send, sent } = network({ frames: [": wait\n\n", frame] }, OK);
    const { failure, messages } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure).toBeNull();
    expect(messages.map(textOf)).toEqual(["second try"]);
    expect(sent).toHaveLength(2);
  });

  test.each(PASSING)("after it is the failure, in the provider's sentence: %s", async (_name, frame) => {
    const { send, sent } = network({ frames: [hello, frame] }, OK);
    const { failure } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure?.message).toBe(SENTENCE);
    expect(sent).toHaveLength(1);
  });

  test("in a whole answer of status 200 counts too, and one that stays is not tried again", async () => {
    const { send, sent } = network({ json: { error: { message: "No such model", code: 404 } } });
    const { failure } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure).toMatchObject({ kind: "llm_bad_request", message: "No such model", status: 404 });
    expect(sent).toHaveLength(1);
  });
});

describe("a quota", () => {
  const OK: Answer = { frames: [chunk({ content: "after waiting" }), stop] };
  const QUOTA = "You exceeded your current quota, please check your plan and billing details.";
  const google = (details: Json[], message = QUOTA) => ({
    error: { code: 429, message, status: "RESOURCE_EXHAUSTED", details },
  });
  const info = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.01s" };
  const quotaOf = (quotaId: string) => ({
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    violations: [{ quotaId }],
  });
  const PASSES: [name: string, body: unknown, headers: Record<string, string>][] = [
    ["of a minute with RetryInfo", google([quotaOf("GenerateRequestsPerMinute"), info]), {}],
    ["with RetryInfo in a list", [google([info])], {}],
    ["in words", google([], `${QUOTA}\nPlease retry in 0.01s.`), {}],
    ["with Retry-After", { error: { message: QUOTA } }, { "retry-after": "0" }],
    ["with Retry-After in milliseconds", { error: { message: "slow down" } }, { "retry-after-ms": "5" }],
    ["with Retry-After as a date", { error: { message: QUOTA } }, { "retry-after": new Date(0).toUTCString() }],
    [
      "of tokens a minute",
      { error: { message: "Rate limit reached: tokens per min (TPM) limit exceeded. Try again in 10ms." } },
      {},
    ],
  ];
  test.each(PASSES)("that opens again is waited for: %s", async (_name, body, headers) => {
    const { send, sent } = network({ status: 429, body, headers }, OK);
    const { failure, messages } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure).toBeNull();
    expect(messages.map(textOf)).toEqual(["after waiting"]);
    expect(sent).toHaveLength(2);
  });

  const STAYS: [name: string, body: unknown, headers: Record<string, string>, kind: string][] = [
    ["no credit", { error: { message: QUOTA, code: "insufficient_quota" } }, {}, "llm_insufficient_credits"],
    ["a quota of a day", google([quotaOf("GenerateRequestsPerDayPerProject"), info]), {}, "llm_insufficient_credits"],
    ["a wait of an hour", { error: { message: "slow down" } }, { "retry-after": "3600" }, "llm_rate_limit"],
  ];
  test.each(STAYS)("that does not is not: %s", async (_name, body, headers, kind) => {
    const { send, sent } = network({ status: 429, body, headers });
    const { failure } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure).toMatchObject({ kind, status: 429 });
    expect(sent).toHaveLength(1);
  });
});

describe("an overflow is known by its code, type or words", () => {
  const error = (message: string, more: Json = {}) => ({ error: { message, ...more } });
  const SAID: [status: number, body: unknown][] = [
    [
      400,
      error("request (33056 tokens) exceeds the available context size (32768 tokens), try increasing it", {
        type: "exceed_context_size_error",
      }),
    ],
    [
      500,
      error("the request exceeds the available context size. try increasing the context size or enable context shift"),
    ],
    [
      400,
      error("The input token count (1200345) exceeds the maximum number of tokens allowed (1048576).", {
        status: "INVALID_ARGUMENT",
      }),
    ],
    [400, error("input length and `max_tokens` exceed context limit: 195000 + 8192 > 200000, decrease input length")],
    [
      400,
      {
        type: "error",
        error: { type: "invalid_request_error", message: "prompt is too long: 215000 tokens > 200000 maximum" },
      },
    ],
    [413, { type: "error", error: { type: "request_too_large", message: "Request exceeds the maximum size" } }],
    [413, "<html>413 Request Entity Too Large</html>"],
    [400, error("Invalid request: Your request exceeded model token limit: 262144 (requested: 263000)")],
    [413, error("Please reduce the length of the messages or completion.", { code: "context_length_exceeded" })],
    [400, { error: "The number of tokens to keep from the initial prompt is greater than the context length." }],
    [
      400,
      {
        error:
          "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 8192 tokens",
      },
    ],
    [400, error("This model's maximum context length is 32768 tokens. However, you requested 0 output tokens")],
    [400, error("prompt too long; exceeded max context length by 4 tokens")],
    [400, error("invalid params, context window exceeds limit (2013)")],
    [
      400,
      {
        object: "error",
        message:
          "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      },
    ],
    [
      400,
      error("prompt token count of 140000 exceeds the limit of 128000", { code: "model_max_prompt_tokens_exceeded" }),
    ],
    [
      400,
      { object: "error", message: "Requested token count exceeds the model's maximum context length of 32768 tokens." },
    ],
    [400, { message: "Input is too long for requested model." }],
    [400, error("Your input exceeds the context window of this model.", { code: "context_length_exceeded" })],
    [400, error("This model's maximum prompt length is 131072 but the request contains 140000 tokens.")],
    [
      422,
      error("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
    ],
    [400, error("The total number of tokens (9000) exceeds the model's context length")],
  ];
  test.each(SAID)("%i %j", async (status, body) => {
    const { send, sent } = network({ status, body });
    const { failure } = await turn(SERVER, send, requestOf([user("hi")]));
    expect(failure).toMatchObject({ kind: "context_window_exceeded", status });
    expect(sent).toHaveLength(1);
  });

  const OTHERS: [status: number, body: unknown, kind: string][] = [
    [400, error("max_tokens must be at most 4096"), "llm_bad_request"],
    [400, error("Invalid schema for function 'f': array schema missing items"), "llm_bad_request"],
    [401, error("Your key is too long"), "llm_authentication"],
    [400, error("Rate limit: tokens per minute exceeded the limit"), "llm_bad_request"],
  ];
  test.each(OTHERS)("and what is none is none: %i %j", async (status, body, kind) => {
    const { send } = network({ status, body });
    expect((await turn(SERVER, send, requestOf([user("hi")]))).failure).toMatchObject({ kind });
  });
});

describe("silence", () => {
  const slow = (pieces: string[], everyMs: number) => {
    let asked = 0;
    const send = async (_url: unknown, init?: RequestInit) => {
      asked++;
      const left = [...pieces];
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, everyMs));
          if (init?.signal?.aborted) return controller.error(init.signal.reason);
          const piece = left.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    return { send: send as typeof fetch, asked: () => asked };
  };
  const patience = { silenceMs: 400, retries: 3, retryBaseMs: 1 };
  const google = {
    candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP", index: 0 }],
  };
  const said = (frame: object) => `data: ${JSON.stringify(frame)}\n\n`;
  const SPEAKERS: [name: string, speaker: Speaker, frames: string[]][] = [
    ["chat completions", SERVER, [said(hello), said(stop)]],
    ["Google's protocol", { type: "google_ai", name: "gemini-2.5-flash" }, [said(google)]],
  ];
  test.each(SPEAKERS)("is no silence while comments come: %s", async (_name, speaker, frames) => {
    const { send, asked } = slow([...Array.from({ length: 12 }, () => ": keep-alive\n\n"), ...frames], 60);
    const { failure, messages } = await turn(speaker, send, requestOf([user("hi")]), { patience });
    expect(failure).toBeNull();
    expect(messages.map(textOf)).toEqual(["Hello"]);
    expect(asked()).toBe(1);
  });

  test("that lasts ends the turn, and the prompt is not sent again", async () => {
    const { send, asked } = slow([": one\n\n"], 1000);
    const { failure } = await turn(SERVER, send, requestOf([user("hi")]), { patience });
    expect(failure?.kind).toBe("llm_timeout");
    expect(asked()).toBe(1);
  });
});
