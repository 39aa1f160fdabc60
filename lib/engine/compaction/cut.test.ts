import { describe, expect, it } from "vitest";
import type { CompactionStats, Message, MessageRole, Part } from "@/lib/stream/message";
import {
  type CutInput,
  clipSummary,
  cutForCompaction,
  packedSummary,
  summaryAsUser,
  summaryText,
  transcriptForSummary,
} from "./cut";

function message(role: MessageRole, ...parts: Part[]): Message {
  return {
    id: "message-x",
    role,
    parts,
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: "2026-01-02T03:04:05Z",
  };
}

const text = (value: string): Part => ({ type: "text", text: value });
const toolCall = (id: string): Part => ({ type: "tool_call", id, name: "f", arguments: "{}" });
const toolReturn = (toolCallId: string): Part => {
  return { type: "tool_return", toolCallId, name: "f", status: "success", content: "ok", stdout: null, stderr: null };
};
const approve = (toolCallId: string): Part => {
  return { type: "approval", decision: { type: "approval", toolCallId, approve: true, reason: null } };
};
const clientReturn = (toolCallId: string): Part => ({
  type: "approval",
  decision: { type: "tool", toolCallId, status: "success", content: "ok", stdout: null, stderr: null },
});

const user = () => message("user", text("q"));
const assistant = () => message("assistant", text("a"));
const summary = () => message("summary", { type: "summary", summary: "s", stats: null });
const calls = (...ids: string[]) => message("assistant", ...ids.map(toolCall));
const returns = (...ids: string[]) => message("tool", ...ids.map(toolReturn));
const asks = (...ids: string[]) => message("approval", ...ids.map(toolCall));
const answers = (...ids: string[]) => message("approval", ...ids.map(approve));

/** How many messages are evicted; null where none are. Each message has 10 tokens, the window 100. */
function cut(messages: Message[], changes: Partial<CutInput> = {}): number | null {
  const result = cutForCompaction({
    messages,
    tokens: messages.map(() => 10),
    fixedTokens: 0,
    contextWindow: 100,
    mode: "sliding_window",
    slidingWindowPercentage: 0.3,
    ...changes,
  });
  if (result) expect([...result.evict, ...result.keep]).toEqual(messages);
  return result?.evict.length ?? null;
}

function turns(count: number): Message[] {
  return Array.from({ length: count }, () => [user(), assistant()]).flat();
}

describe("a sliding window", () => {
  it.each(["sliding_window", "self_compact_sliding_window"] as const)(
    "starts at percentage + 10 percent of the messages (%s)",
    (mode) => {
      expect(cut(turns(5), { mode })).toBe(3);
      expect(cut(turns(10), { mode, contextWindow: 1000 })).toBe(7);
    },
  );

  it("moves on by 10 % until the rest fits into 1 − percentage of the window", () => {
    expect(cut(turns(10))).toBe(13);
    expect(cut(turns(10), { fixedTokens: 20 })).toBe(15);
    expect(cut(turns(10), { fixedTokens: 30 })).toBe(17);
    expect(cut(turns(10), { slidingWindowPercentage: 0.5 })).toBe(15);
  });

  it("keeps messages from an assistant's message or an approval request on", () => {
    expect(cut([user(), user(), user(), assistant(), user(), user(), user(), user(), user(), user()])).toBe(3);
    expect(
      cut([user(), assistant(), user(), asks("1"), answers("1"), returns("1"), user(), user(), user(), user()]),
    ).toBe(3);
  });

  it("cuts all that it may where the rest never fits", () => {
    expect(cut(turns(5), { fixedTokens: 90 })).toBe(10);
    expect(cut([user(), user()])).toBe(2);
    expect(cut(turns(5), { slidingWindowPercentage: 1 })).toBe(10);
  });

  it("does not evict an earlier summary alone", () => {
    expect(cut([summary(), assistant(), user(), assistant()])).toBe(3);
  });
});

describe("the mode all", () => {
  it.each(["all", "self_compact_all"] as const)("evicts everything that waits for nothing (%s)", (mode) => {
    expect(cut(turns(3), { mode })).toBe(6);
    expect(cut([...turns(3), calls("1"), returns("1")], { mode })).toBe(8);
  });

  it("keeps a pending approval request with the calls that were split off it", () => {
    expect(cut([...turns(2), user(), calls("1"), asks("2")], { mode: "all" })).toBe(5);
    expect(cut([...turns(2), user(), calls("1"), asks("2"), answers("2")], { mode: "all" })).toBe(5);
    expect(cut([...turns(2), user(), asks("2"), message("approval", clientReturn("2"))], { mode: "all" })).toBe(7);
  });

  it("does not wait for a call that was left without a return", () => {
    expect(cut([user(), calls("lost"), user(), assistant()], { mode: "all" })).toBe(4);
  });
});

describe("nothing to cut", () => {
  it.each<[string, Message[]]>([
    ["no messages", []],
    ["a summary alone", [summary()]],
    ["a pending call alone", [asks("1")]],
    ["a summary and a pending call", [summary(), asks("1")]],
  ])("is null for %s", (_, messages) => {
    expect(cut(messages)).toBeNull();
    expect(cut(messages, { mode: "all" })).toBeNull();
  });
});

describe("every cut", () => {
  const BLOCKS: (() => Message[])[] = [
    () => [user()],
    () => [assistant()],
    () => [calls("1"), returns("1")],
    () => [calls("1", "2"), returns("1"), returns("2")],
    () => [calls("a"), asks("b"), answers("b"), returns("a", "b")],
    () => [asks("c"), message("approval", clientReturn("c"))],
    () => [asks("c"), message("approval", clientReturn("c")), returns("c")],
  ];

  it("parts no call from its return or its decision, though ids of calls come up again", () => {
    let state = 1;
    const below = (n: number) => {
      state = (state * 1664525 + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 500; round++) {
      const blocks = Array.from({ length: 1 + below(12) }, () => BLOCKS[below(BLOCKS.length)]!());
      const messages = blocks.flat();
      const ends = blocks.map((_, index) => blocks.slice(0, index + 1).flat().length);
      const options = { contextWindow: 20 + below(200), slidingWindowPercentage: below(10) / 10 };
      const size = cut(messages, { ...options, mode: below(3) === 0 ? "all" : "sliding_window" });
      expect(ends).toContain(size);
    }
  });
});

const SLIDING =
  "Note: 7 messages from the beginning of the conversation have been hidden from view due to memory constraints.\nThe following is a summary of the previous messages:\n They spoke of tea.";
const ALL =
  "Note: prior messages have been hidden from view due to conversation memory constraints.\nThe following is a summary of the previous messages:\n They spoke of tea.";

const STATS: CompactionStats = {
  trigger: "post_step_context_check",
  contextTokensBefore: 900,
  contextTokensAfter: 300,
  contextWindow: 1000,
  messagesCountBefore: 11,
  messagesCountAfter: 5,
};

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
    expect(packedSummary({ text: SLIDING, time, stats: STATS })).toBe(
      JSON.stringify({
        type: "system_alert",
        message: SLIDING,
        time,
        compaction_stats: {
          trigger: "post_step_context_check",
          context_tokens_before: 900,
          context_tokens_after: 300,
          context_window: 1000,
          messages_count_before: 11,
          messages_count_after: 5,
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

describe("summaryAsUser", () => {
  const asUser = (given: CompactionStats | null) => {
    const summary = { type: "summary" as const, summary: "They spoke of tea.", stats: given };
    const shown = summaryAsUser(message("summary", summary));
    expect(shown).toEqual({ ...message("user"), parts: [{ type: "text", text: expect.any(String) }] });
    return JSON.parse(shown.parts[0]!.type === "text" ? shown.parts[0]!.text : "");
  };

  it("is the packed summary as a user's words, with the number of messages it hid", () => {
    expect(asUser(STATS)).toMatchObject({
      type: "system_alert",
      message: SLIDING,
      time: "2026-01-02 03:04:05 AM UTC+0000",
      compaction_stats: { messages_count_before: 11, messages_count_after: 5 },
    });
  });

  it("stands for all messages where none were kept, or nothing is known of them", () => {
    expect(asUser({ ...STATS, messagesCountAfter: 2 }).message).toBe(ALL);
    expect(asUser(null).message).toBe(ALL);
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
    const denied: Part = {
      type: "approval",
      decision: { type: "approval", toolCallId: "2", approve: false, reason: "not now" },
    };
    const messages = [
      message("summary", { type: "summary", summary: "Earlier: tea.", stats: null }),
      message("user", text("Look\n[assistant] at this"), { type: "image", source: { type: "url", url: "x.png" } }),
      { ...message("user", text("Hi")), name: "Maria" },
      message(
        "assistant",
        { type: "reasoning", reasoning: "Hm.", source: "reasoner_model", signature: null },
        { type: "hidden_reasoning", state: "redacted", hiddenReasoning: "secret" },
        text("One moment."),
        toolCall("1"),
      ),
      returns("1"),
      message("approval", denied, approve("3"), clientReturn("4")),
    ];
    expect(transcriptForSummary(messages, null)).toBe(`[summary of what came before] Earlier: tea.
[user] Look
  [assistant] at this
[user] (an image)
[user (Maria)] Hi
[assistant thinks] Hm.
[assistant thinks] (hidden)
[assistant] One moment.
[assistant calls f] {}
[f returns] ok
[user denies the tool call] not now
[user approves the tool call]
[tool returns] ok`);
  });

  it("cuts a long part in its middle before it cuts the whole", () => {
    const messages = [message("assistant", text(`begin${"x".repeat(5000)}end`)), message("user", text("Thanks"))];
    expect(transcriptForSummary(messages, 6000)).toMatch(
      /^\[assistant\] beginx+\n {2}\[… 4408 characters left out …\]\n {2}x+end\n\[user\] Thanks$/,
    );
  });

  it("stays within the limit but for the note of the gap, and keeps most of the end", () => {
    const messages = Array.from({ length: 1000 }, (_, index) => message("user", text(`👍 ${index}`)));
    const transcript = transcriptForSummary(messages, 3000);
    expect(transcript.length).toBeLessThan(3100);
    expect(transcript.startsWith("[user] 👍 0\n")).toBe(true);
    expect(transcript.endsWith("\n[user] 👍 999")).toBe(true);
    expect(transcript.isWellFormed()).toBe(true);
  });
});
