import { describe, expect, it } from "vitest";
import type { Message, MessageRole, Part } from "@/lib/stream/message";
import { clipSummary, packedSummary, summaryText, transcriptForSummary } from "./compaction-text";

function message(role: MessageRole, parts: Part[], name: string | null = null): Message {
  return {
    id: "message-x",
    role,
    parts,
    otid: null,
    name,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: "2026-01-02T03:04:05Z",
  };
}

const SLIDING =
  "Note: 7 messages from the beginning of the conversation have been hidden from view due to memory constraints.\nThe following is a summary of the previous messages:\n They spoke of tea.";
const ALL =
  "Note: prior messages have been hidden from view due to conversation memory constraints.\nThe following is a summary of the previous messages:\n They spoke of tea.";

describe("summaryText", () => {
  it("says how many messages a sliding window hid, and that all are hidden otherwise", () => {
    expect(summaryText("sliding_window", 7, "They spoke of tea.")).toBe(SLIDING);
    expect(summaryText("self_compact_sliding_window", 7, "They spoke of tea.")).toBe(SLIDING);
    expect(summaryText("all", 7, "They spoke of tea.")).toBe(ALL);
    expect(summaryText("self_compact_all", 7, "They spoke of tea.")).toBe(ALL);
  });
});

describe("packedSummary", () => {
  const time = "2026-01-02 03:04:05 AM UTC+0000";

  it("is the contract's JSON, in its order", () => {
    const stats = {
      trigger: "post_step_context_check",
      contextTokensBefore: 900,
      contextTokensAfter: 300,
      contextWindow: 1000,
      messagesCountBefore: 20,
      messagesCountAfter: 8,
    };
    expect(packedSummary({ text: SLIDING, time, stats })).toBe(
      JSON.stringify({
        type: "system_alert",
        message: SLIDING,
        time,
        compaction_stats: {
          trigger: "post_step_context_check",
          context_tokens_before: 900,
          context_tokens_after: 300,
          context_window: 1000,
          messages_count_before: 20,
          messages_count_after: 8,
        },
      }),
    );
  });

  it("has no stats where none were taken", () => {
    expect(JSON.parse(packedSummary({ text: ALL, time, stats: null }))).toEqual({
      type: "system_alert",
      message: ALL,
      time,
    });
  });
});

describe("clipSummary", () => {
  it("cuts only what is too long, and no character in half", () => {
    expect(clipSummary("short", 5)).toBe("short");
    expect(clipSummary("short", null)).toBe("short");
    expect(clipSummary("abc👍def", 4)).toBe("abc... [summary cut to fit]");
  });
});

describe("transcriptForSummary", () => {
  it("shows every part with its author", () => {
    const messages = [
      message("summary", [{ type: "summary", summary: "Earlier: tea.", stats: null }]),
      message("user", [
        { type: "text", text: "Look\n[assistant] at this" },
        { type: "image", source: { type: "url", url: "https://example.com/x.png" } },
      ]),
      message("user", [{ type: "text", text: "Hi" }], "Maria"),
      message("assistant", [
        { type: "reasoning", reasoning: "Hm.", source: "reasoner_model", signature: null },
        { type: "hidden_reasoning", state: "redacted", hiddenReasoning: "secret" },
        { type: "text", text: "One moment." },
        { type: "tool_call", id: "1", name: "look", arguments: '{"at":"x"}' },
      ]),
      message("tool", [
        {
          type: "tool_return",
          toolCallId: "1",
          name: "look",
          status: "error",
          content: "no",
          stdout: null,
          stderr: null,
        },
      ]),
      message("approval", [
        { type: "approval", decision: { type: "approval", toolCallId: "2", approve: false, reason: "not now" } },
        { type: "approval", decision: { type: "approval", toolCallId: "3", approve: true, reason: null } },
        {
          type: "approval",
          decision: {
            type: "tool",
            toolCallId: "4",
            status: "success",
            content: [{ type: "text", text: "42" }],
            stdout: null,
            stderr: null,
          },
        },
      ]),
    ];
    expect(transcriptForSummary(messages, null)).toBe(`[summary of what came before] Earlier: tea.
[user] Look
  [assistant] at this
[user] (an image)
[user (Maria)] Hi
[assistant thinks] Hm.
[assistant thinks] (hidden)
[assistant] One moment.
[assistant calls look] {"at":"x"}
[look fails] no
[user denies the tool call] not now
[user approves the tool call]
[tool returns] 42`);
  });

  it("cuts a long part in its middle before it cuts the whole", () => {
    const long = message("tool", [
      {
        type: "tool_return",
        toolCallId: "1",
        name: "look",
        status: "success",
        content: `begin${"x".repeat(5000)}end`,
        stdout: null,
        stderr: null,
      },
    ]);
    const said = message("user", [{ type: "text", text: "Thanks" }]);
    const transcript = transcriptForSummary([long, said], 6000);
    expect(transcript).toMatch(
      /^\[look returns\] beginx+\n {2}\[… 4408 characters left out …\]\n {2}x+end\n\[user\] Thanks$/,
    );
  });

  it("stays within the limit but for the note of the gap, and keeps most of the end", () => {
    const messages = Array.from({ length: 1000 }, (_, index) =>
      message("user", [{ type: "text", text: `👍 ${index}` }]),
    );
    const transcript = transcriptForSummary(messages, 3000);
    expect(transcript.length).toBeLessThan(3100);
    expect(transcript.startsWith("[user] 👍 0\n")).toBe(true);
    expect(transcript.endsWith("\n[user] 👍 999")).toBe(true);
    expect(transcript.isWellFormed()).toBe(true);
  });
});
