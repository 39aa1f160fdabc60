import { describe, expect, test } from "vitest";
import { fold, messageToItems } from "@/lib/stream/fold";
import { type Message, toolCallsOf } from "@/lib/stream/message";
import { packEvents, unpackEvents } from "../records/cassette";
import {
  type Answer,
  chunk,
  message,
  network,
  requestOf,
  returned,
  type Speaker,
  turn,
  user,
} from "./testing/peculiar";

type Json = Record<string, unknown>;

const CALL = { index: 0, id: "call_1", type: "function", function: { name: "note", arguments: '{"what":"teal"}' } };
const TEXT: Answer = { frames: [chunk({ role: "assistant", content: "noted" }), chunk({}, "stop")] };

/** What a server sends with a call, and what it must find again in the assistant's message of the next request. */
type Case = { name: string; model: string; deltas: Json[]; back: Json };

const THOUGHT = { reasoning_content: "I should note it." };
const SIGNATURE = { extra_content: { google: { thought_signature: "SIG-1==" } } };
const DETAILS = [
  { type: "reasoning.text", text: "I think.", signature: "S1", format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.encrypted", data: "ENC==", id: "rs_1", format: "openai-responses-v1", index: 1 },
];

const CHAT_CASES: Case[] = [
  {
    name: "reasoning_content in fragments, an empty one first",
    model: "deepseek-v4-pro",
    deltas: [
      { reasoning_content: "" },
      { reasoning_content: "I should " },
      { reasoning_content: "note it." },
      { tool_calls: [CALL] },
    ],
    back: THOUGHT,
  },
  {
    name: "reasoning_content with blanks at both ends",
    model: "kimi-k3",
    deltas: [{ reasoning_content: "\n a" }, { reasoning_content: "b \n" }, { tool_calls: [CALL] }],
    back: { reasoning_content: "\n ab \n" },
  },
  {
    name: "reasoning",
    model: "gpt-oss",
    deltas: [{ reasoning: "hm" }, { tool_calls: [CALL] }],
    back: { reasoning: "hm" },
  },
  {
    name: "a thought that words follow",
    model: "glm-5",
    deltas: [THOUGHT, { content: "Well." }, { tool_calls: [CALL] }],
    back: { ...THOUGHT, content: "Well." },
  },
  {
    name: "reasoning_details, text and encrypted",
    model: "claude-sonnet-4-5",
    deltas: [
      {
        reasoning: "I ",
        reasoning_details: [{ type: "reasoning.text", text: "I ", index: 0, format: "anthropic-claude-v1" }],
      },
      { reasoning: "think.", reasoning_details: [{ type: "reasoning.text", text: "think.", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.text", signature: "S1", index: 0 }] },
      { reasoning_details: [DETAILS[1]] },
      { tool_calls: [CALL] },
    ],
    back: { reasoning: "I think.", reasoning_details: DETAILS },
  },
  {
    name: "reasoning_details that come after the call",
    model: "gemini-3-pro",
    deltas: [{ tool_calls: [CALL] }, { reasoning_details: [DETAILS[1]] }],
    back: { reasoning_details: [DETAILS[1]] },
  },
  {
    name: "thinking blocks of a gateway",
    model: "claude-opus-4-8",
    deltas: [
      { thinking_blocks: [{ type: "thinking", thinking: "a", signature: "" }] },
      { thinking_blocks: [{ type: "thinking", thinking: "b", signature: "SIG" }] },
      { tool_calls: [CALL] },
    ],
    back: { thinking_blocks: [{ type: "thinking", thinking: "ab", signature: "SIG" }] },
  },
  {
    name: "encrypted content under a name that nobody knows",
    model: "grok-5",
    deltas: [{ encrypted_thoughts: "abc" }, { tool_calls: [CALL] }],
    back: { encrypted_thoughts: "abc" },
  },
  {
    name: "thinking as parts of the content",
    model: "magistral-medium",
    deltas: [
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] },
      { content: [{ type: "text", text: "Well." }] },
      { tool_calls: [CALL] },
    ],
    back: {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
        { type: "text", text: "Well." },
      ],
    },
  },
  {
    name: "a signature beside a call",
    model: "gemini-3-pro",
    deltas: [{ tool_calls: [{ ...CALL, ...SIGNATURE }] }],
    back: { tool_calls: [{ ...SIGNATURE, id: "call_1" }] },
  },
  {
    name: "a signature that comes with the call's last fragment",
    model: "gemini-3-flash",
    deltas: [{ tool_calls: [CALL] }, { tool_calls: [{ index: 0, ...SIGNATURE }] }],
    back: { tool_calls: [SIGNATURE] },
  },
  {
    name: "a signature within the call's function",
    model: "gemini-3-pro",
    deltas: [{ tool_calls: [{ ...CALL, function: { ...CALL.function, thought_signature: "T" } }] }],
    back: { tool_calls: [{ function: { name: "note", thought_signature: "T" } }] },
  },
  {
    name: "provider_specific_fields of a gateway",
    model: "gemini-3-pro",
    deltas: [{ tool_calls: [{ ...CALL, provider_specific_fields: { thought_signature: "T" } }] }],
    back: { tool_calls: [{ provider_specific_fields: { thought_signature: "T" } }] },
  },
];

const at = (provider: string, name: string): Speaker => ({ type: "openai-compatible", provider, name });
const assistantOf = (body: Json) => (body.messages as Json[]).find((one) => one.role === "assistant")!;

/** What is kept of the first turn, and the second request. */
async function twice(speaker: Speaker, answers: [Answer, Answer], second: Speaker = speaker) {
  const { send, sent } = network(...answers);
  const first = await turn(speaker, send, requestOf([user("hi")]));
  const stored = JSON.parse(JSON.stringify(first.messages)) as Message[];
  const transcript = [user("hi"), ...stored, ...stored.flatMap(toolCallsOf).map((call) => returned(call.id))];
  const next = await turn(second, send, requestOf(transcript));
  return { first, stored, next, asked: sent[1]!.body };
}

describe("what a server sends beside its words", () => {
  test.each(CHAT_CASES)("comes back to it: $name", async ({ model, deltas, back }) => {
    const frames = [...deltas.map((delta) => chunk(delta)), chunk({}, "tool_calls")];
    const { asked, next } = await twice(at("gateway", model), [{ frames }, TEXT]);
    expect(next.failure).toBeNull();
    expect(assistantOf(asked)).toMatchObject(back);
  });

  test.each(CHAT_CASES)(
    "is left out for another provider, and for another family: $name",
    async ({ model, deltas }) => {
      const frames = [...deltas.map((delta) => chunk(delta)), chunk({}, "tool_calls")];
      for (const other of [at("elsewhere", model.replace("gemini-3", "gemini-2")), at("gateway", "some-llama")]) {
        if (/deepseek|kimi|glm/.test(other.name)) continue;
        const { asked } = await twice(at("gateway", model), [{ frames }, TEXT], other);
        expect(Object.keys(assistantOf(asked)).sort()).toEqual(["content", "role", "tool_calls"]);
        expect(JSON.stringify(asked)).not.toMatch(/SIG|ENC==|thinking|encrypted|thought_signature/);
      }
    },
  );

  test.each(CHAT_CASES)("is kept in cassettes and whole items as it is: $name", async ({ model, deltas }) => {
    const frames = [...deltas.map((delta) => chunk(delta)), chunk({}, "tool_calls")];
    const { first } = await twice(at("gateway", model), [{ frames }, TEXT]);
    expect(unpackEvents(JSON.parse(JSON.stringify(packEvents(first.events))))).toEqual(first.events);
    for (const one of first.messages) expect(fold(messageToItems(one))[0]?.parts).toEqual(one.parts);
  });

  test.each(CHAT_CASES)("comes back with a call that waited for a person: $name", async ({ model, deltas, back }) => {
    const frames = [...deltas.map((delta) => chunk(delta)), chunk({}, "tool_calls")];
    const { send, sent } = network({ frames }, TEXT);
    const speaker = at("gateway", model);
    const { messages } = await turn(speaker, send, requestOf([user("hi")]), { gated: ["note"] });
    const stored = JSON.parse(JSON.stringify(messages)) as Message[];
    expect(stored.at(-1)?.role).toBe("approval");
    await turn(speaker, send, requestOf([user("hi"), ...stored, returned("call_1")]));
    expect(assistantOf(sent[1]!.body)).toMatchObject(back);
  });

  test("is given by agents that lost it before: thoughts that were stored without, or none at all", async () => {
    const call = { type: "tool_call" as const, id: "c1", name: "note", arguments: "{}" };
    const thought = {
      type: "reasoning" as const,
      reasoning: "old",
      source: "reasoner_model" as const,
      signature: null,
    };
    for (const [parts, expected] of [
      [[thought, call], "old"],
      [[call], expect.stringMatching(/\S/)],
    ] as const) {
      const { send, sent } = network(TEXT);
      const old = message("assistant", [...parts], "gateway/deepseek-v4-pro");
      await turn(at("gateway", "deepseek-v4-pro"), send, requestOf([user("hi"), old, returned("c1")]));
      expect(assistantOf(sent[0]!.body).reasoning_content).toEqual(expected);
    }
    const { send, sent } = network(TEXT);
    const old = message("assistant", [call], "gateway/gemini-3-pro");
    await turn(at("gateway", "gemini-3-pro"), send, requestOf([user("hi"), old, returned("c1")]));
    const [sentCall] = assistantOf(sent[0]!.body).tool_calls as Json[];
    expect(sentCall).toMatchObject({ extra_content: { google: { thought_signature: expect.any(String) } } });
  });
});

function anthropicFrames(blocks: Json[]): Answer {
  const event = (type: string, more: Json) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const usage = { input_tokens: 1, output_tokens: 1 };
  const frames = [
    event("message_start", {
      message: { id: "msg_1", type: "message", role: "assistant", model: "claude", content: [], usage },
    }),
  ];
  for (const [index, block] of blocks.entries()) {
    const begun =
      block.type === "thinking"
        ? { type: "thinking", thinking: "", signature: "" }
        : block.type === "text"
          ? { type: "text", text: "" }
          : block.type === "tool_use"
            ? { ...block, input: {} }
            : block;
    const delta = (more: Json) => frames.push(event("content_block_delta", { index, delta: more }));
    frames.push(event("content_block_start", { index, content_block: begun }));
    if (block.thinking) delta({ type: "thinking_delta", thinking: block.thinking });
    if (block.type === "thinking") delta({ type: "signature_delta", signature: block.signature });
    if (block.type === "text") delta({ type: "text_delta", text: block.text });
    if (block.type === "tool_use") delta({ type: "input_json_delta", partial_json: JSON.stringify(block.input) });
    frames.push(event("content_block_stop", { index }));
  }
  frames.push(event("message_delta", { delta: { stop_reason: "tool_use" }, usage }), event("message_stop", {}));
  return { frames, done: false };
}

describe("Anthropic's thoughts", () => {
  const use = { type: "tool_use", id: "toolu_1", name: "note", input: { what: "teal" } };
  const think = (thinking: string, signature: string) => ({ type: "thinking", thinking, signature });
  const CASES: [name: string, blocks: Json[]][] = [
    ["one with a signature", [think("a", "SIG-A"), use]],
    [
      "redacted, between and empty ones",
      [
        think("a", "SIG-A"),
        { type: "redacted_thinking", data: "R" },
        { type: "text", text: "I note." },
        think("", "SIG-O"),
        use,
      ],
    ],
    ["two in a row", [think("a", "SIG-A"), think("b", "SIG-B"), use]],
    [
      "two redacted ones in a row",
      [{ type: "redacted_thinking", data: "R1" }, { type: "redacted_thinking", data: "R2" }, use],
    ],
  ];
  test.each(CASES)("come back in order, to the letter: %s", async (_name, blocks) => {
    const speaker: Speaker = { type: "anthropic", name: "claude-sonnet-4-5" };
    const { asked } = await twice(speaker, [
      anthropicFrames(blocks),
      anthropicFrames([{ type: "text", text: "noted" }]),
    ]);
    const strip = (block: Json) => Object.fromEntries(Object.entries(block).filter(([key]) => key !== "cache_control"));
    expect((assistantOf(asked).content as Json[]).map(strip)).toEqual(blocks);
  });
});

describe("Gemini's signatures", () => {
  const frame = (parts: Json[], finishReason?: string) => ({
    candidates: [{ content: { role: "model", parts }, ...(finishReason && { finishReason }), index: 0 }],
  });
  const call = { functionCall: { name: "note", args: { what: "teal" } } };
  const CASES: [name: string, parts: Json[]][] = [
    ["at a call", [{ ...call, thoughtSignature: "SIG-C" }]],
    [
      "at a thought and a call",
      [
        { text: "hm", thought: true, thoughtSignature: "SIG-T" },
        { ...call, thoughtSignature: "SIG-C" },
      ],
    ],
    [
      "at a text",
      [
        { text: "Well.", thoughtSignature: "SIG-X" },
        { ...call, thoughtSignature: "SIG-C" },
      ],
    ],
  ];
  test.each(CASES)("come back where they stood: %s", async (_name, parts) => {
    const speaker: Speaker = { type: "google_ai", name: "gemini-3-pro" };
    const answers: [Answer, Answer] = [
      { frames: [frame(parts, "STOP")], done: false },
      { frames: [frame([{ text: "noted" }], "STOP")], done: false },
    ];
    const { asked } = await twice(speaker, answers);
    const model = (asked.contents as { role: string; parts: Json[] }[]).find((one) => one.role === "model")!;
    expect(model.parts).toMatchObject(parts);
    expect(model.parts).toHaveLength(parts.length);
  });
});
