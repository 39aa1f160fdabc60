import { describe, expect, it } from "vitest";
import { COMPACTION_PROMPTS } from "../compaction/prompts";
import { bootSequence } from "./boot-sequence";
import { LETTA_V1_PROMPT } from "./letta-v1";
import { MEMGPT_V2_CHAT_PROMPT } from "./memgpt-v2-chat";
import { REACT_PROMPT } from "./react";
import { SLEEPTIME_V2_PROMPT } from "./sleeptime-v2";
import { VOICE_CHAT_PROMPT } from "./voice-chat";
import { VOICE_SLEEPTIME_PROMPT } from "./voice-sleeptime";
import { WORKFLOW_PROMPT } from "./workflow";

describe("default prompts", () => {
  it.each([
    ["letta_v1", LETTA_V1_PROMPT, ["memory_insert", "memory_replace", "conversation_search", "<memory_blocks>"]],
    ["memgpt_v2_chat", MEMGPT_V2_CHAT_PROMPT, ["send_message", "request_heartbeat", "conversation_search"]],
    ["react", REACT_PROMPT, ["request_heartbeat"]],
    ["workflow", WORKFLOW_PROMPT, ["request_heartbeat"]],
    ["sleeptime_v2", SLEEPTIME_V2_PROMPT, ["memory_rethink", "memory_finish_edits", "memory_insert", "memory_replace"]],
    ["voice_chat", VOICE_CHAT_PROMPT, ["send_message", "search_memory"]],
    ["voice_sleeptime", VOICE_SLEEPTIME_PROMPT, ["store_memories", "rethink_user_memory", "finish_rethinking_memory"]],
  ])("%s teaches its agent's tools and leaves the place of the memory to the layout", (_, prompt, tools) => {
    for (const tool of tools) expect(prompt).toContain(tool);
    expect(prompt).not.toContain("{CORE_MEMORY}");
    expect(prompt).toBe(prompt.trim());
  });

  it("of compaction ask for a summary alone, in every mode", () => {
    for (const prompt of Object.values(COMPACTION_PROMPTS)) {
      expect(prompt).toMatch(/Answer with the summary and nothing else\.$/);
    }
    expect(new Set(Object.values(COMPACTION_PROMPTS)).size).toBe(4);
  });
});

describe("bootSequence", () => {
  it("is a tried-out send_message, its return, and a login", () => {
    const messages = bootSequence({ toolCallId: "call-1", now: "2026-01-02T03:04:05Z", timezone: "UTC" });
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
    expect(messages[0]!.parts).toEqual([
      {
        type: "reasoning",
        reasoning: "Bootup sequence complete. Persona activated. Testing messaging functionality.",
        source: "non_reasoner_model",
        signature: null,
      },
      {
        type: "tool_call",
        id: "call-1",
        name: "send_message",
        arguments: '{"message":"More human than human is our motto."}',
      },
    ]);
    expect(messages[1]!.parts).toMatchObject([{ type: "tool_return", toolCallId: "call-1", content: "None" }]);
    expect(messages[2]!.parts).toEqual([
      {
        type: "text",
        text: '{"type":"login","last_login":"Never (first login)","time":"2026-01-02 03:04:05 AM UTC+0000"}',
      },
    ]);
  });
});
