import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FileMessage, fileMessageSchema } from "@/lib/api/agent-file";
import { messagePartSchema } from "@/lib/api/message-part";
import type { Part } from "@/lib/stream/message";
import {
  fromFileContent,
  indexCalls,
  isFullySaid,
  type MessageContent,
  saysTheSame,
  toFileContent,
} from "./message-form";

const AT = "2026-01-02T03:04:05.678Z";
const word = fc.string({ maxLength: 12 });
const image = fc.constant({
  type: "image" as const,
  source: { type: "base64" as const, media_type: "image/png", data: "aGk=" },
});
const text = fc.record({ type: fc.constant("text" as const), text: word });
const content = fc.oneof(word, fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }));
const lines = fc.option(fc.array(word, { maxLength: 2 }));
const returned = {
  toolCallId: word,
  status: fc.constantFrom("success" as const, "error" as const),
  content,
  stdout: lines,
  stderr: lines,
};

const part: fc.Arbitrary<Part> = fc.oneof(
  text,
  image,
  fc.record({
    type: fc.constant("reasoning" as const),
    reasoning: word,
    source: fc.constantFrom("reasoner_model" as const, "non_reasoner_model" as const),
    signature: fc.option(word),
  }),
  fc.record({
    type: fc.constant("hidden_reasoning" as const),
    state: fc.constantFrom("redacted" as const, "omitted" as const),
    hiddenReasoning: fc.option(word),
  }),
  fc.record({ type: fc.constant("tool_call" as const), id: word, name: word, arguments: word }),
  fc.record({ type: fc.constant("tool_return" as const), name: fc.option(word), ...returned }),
  fc.record({
    type: fc.constant("approval" as const),
    decision: fc.oneof(
      fc.record({
        type: fc.constant("approval" as const),
        toolCallId: word,
        approve: fc.boolean(),
        reason: fc.option(word),
      }),
      fc.record({ type: fc.constant("tool" as const), ...returned }),
    ),
  }),
  fc.record({ type: fc.constant("summary" as const), summary: word, stats: fc.constant(null) }),
);

const message: fc.Arbitrary<MessageContent> = fc.record({
  role: fc.constantFrom(
    "user" as const,
    "assistant" as const,
    "tool" as const,
    "approval" as const,
    "summary" as const,
    "system" as const,
  ),
  parts: fc.array(part, { maxLength: 4 }),
  name: fc.option(word),
  isErr: fc.option(fc.boolean()),
});

const written = (one: MessageContent, id = "message-0"): FileMessage =>
  fileMessageSchema.parse(
    JSON.parse(JSON.stringify({ ...toFileContent({ ...one, createdAt: AT }), id, name: one.name, created_at: AT })),
  );

const ordinary: [string, MessageContent][] = [
  ["words of a user", { role: "user", name: "Ada", isErr: null, parts: [{ type: "text", text: "hi" }] }],
  [
    "an image",
    {
      role: "user",
      name: null,
      isErr: null,
      parts: [{ type: "image", source: { type: "url", url: "https://x.example/a.png" } }],
    },
  ],
  [
    "thought, words and calls",
    {
      role: "assistant",
      name: null,
      isErr: null,
      parts: [
        { type: "reasoning", reasoning: "hm", source: "reasoner_model", signature: "s" },
        { type: "text", text: "ok", signature: "t" },
        { type: "tool_call", id: "c1", name: "f", arguments: "{bad" },
        { type: "tool_call", id: "c2", name: "g", arguments: "{}" },
      ],
    },
  ],
  [
    "a failed return",
    {
      role: "tool",
      name: "f",
      isErr: null,
      parts: [
        {
          type: "tool_return",
          toolCallId: "c1",
          name: "f",
          status: "error",
          content: "no\n{}",
          stdout: ["a"],
          stderr: null,
        },
      ],
    },
  ],
  [
    "decisions",
    {
      role: "approval",
      name: null,
      isErr: null,
      parts: [
        { type: "approval", decision: { type: "approval", toolCallId: "c1", approve: false, reason: "no" } },
        {
          type: "approval",
          decision: { type: "tool", toolCallId: "c2", status: "success", content: "x", stdout: null, stderr: null },
        },
      ],
    },
  ],
  [
    "a summary",
    { role: "summary", name: null, isErr: null, parts: [{ type: "summary", summary: "long ago", stats: null }] },
  ],
];

describe("a message in a file", () => {
  test("the contract's form alone says all of an ordinary message", () => {
    for (const [what, one] of ordinary) {
      const file = written(one);
      expect([what, isFullySaid(one, file, indexCalls([file]))]).toEqual([what, true]);
    }
  });

  test("any message is either said in full or known not to be, and what is known of it can be checked again", () => {
    fc.assert(
      fc.property(message, (one) => {
        const file = written(one);
        const calls = indexCalls([file]);
        const back = fromFileContent(file, calls);
        for (const made of back.parts) messagePartSchema.parse(made);
        if (isFullySaid(one, file, calls))
          expect(JSON.stringify(back.parts.length)).toBe(JSON.stringify(one.parts.length));
        expect(saysTheSame(one, file, calls)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("an edit of the contract's form is seen", () => {
    const one: MessageContent = { role: "user", name: null, isErr: null, parts: [{ type: "text", text: "hi" }] };
    const edited = { ...written(one), content: [{ type: "text", text: "bye" }] };
    expect(saysTheSame(one, edited, indexCalls([edited]))).toBe(false);
  });

  test("what Letta packs in JSON is unpacked: user messages, returns and summaries", () => {
    const read = (value: Record<string, unknown>) => {
      const file = fileMessageSchema.parse(value);
      return fromFileContent(file, indexCalls([file])).parts;
    };
    const said = JSON.stringify({ type: "user_message", message: "hello", time: "t" });
    expect(read({ role: "user", content: [{ type: "text", text: said }] })).toEqual([{ type: "text", text: "hello" }]);
    const login = JSON.stringify({ type: "login", last_login: "Never", time: "t" });
    expect(read({ role: "user", content: login })).toEqual([{ type: "text", text: login }]);
    const failed = JSON.stringify({ status: "Failed", message: "no", time: "t" });
    expect(read({ role: "tool", tool_call_id: "c", content: [{ type: "text", text: failed }] })).toMatchObject([
      { type: "tool_return", toolCallId: "c", status: "error", content: "no" },
    ]);
    const alert = JSON.stringify({ type: "system_alert", message: "so far", time: "t" });
    expect(read({ role: "summary", content: alert })).toEqual([{ type: "summary", summary: "so far", stats: null }]);
  });

  test("an approval in the old form answers every call of the message that it names", () => {
    const request = fileMessageSchema.parse({
      role: "approval",
      id: "message-4",
      content: [],
      tool_calls: [
        { id: "c1", function: { name: "f", arguments: "{}" } },
        { id: "c2", function: { name: "g", arguments: "{}" } },
      ],
    });
    const answer = fileMessageSchema.parse({
      role: "approval",
      content: [],
      approve: true,
      approval_request_id: "message-4",
    });
    expect(fromFileContent(answer, indexCalls([request, answer])).parts).toEqual(
      ["c1", "c2"].map((toolCallId) => ({
        type: "approval",
        decision: { type: "approval", toolCallId, approve: true, reason: null },
      })),
    );
  });

  test("a part of an unknown type is kept as its JSON", () => {
    const file = fileMessageSchema.parse({ role: "user", content: [{ type: "video", url: "u" }] });
    expect(fromFileContent(file, indexCalls([file])).parts).toEqual([
      { type: "text", text: '{"type":"video","url":"u"}' },
    ]);
  });
});
