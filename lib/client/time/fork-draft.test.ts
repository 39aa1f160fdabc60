import { expect, test } from "vitest";
import { changesOf, forkDraftOf } from "./fork-draft";

test("a draft is everything as it was, with the last word of somebody, and says only what differs", () => {
  const was = forkDraftOf({
    agent_version: { config: { system: "You are Sam.", model: "a/b" } },
    blocks: [
      { label: "human", value: "Bob" },
      { label: "persona", value: "Brief" },
    ],
    messages_in_context: [
      { message_type: "user_message", content: "first" },
      { message_type: "user_message", content: [{ type: "text", text: "second" }] },
      { message_type: "assistant_message", content: "third" },
    ],
  } as unknown as Parameters<typeof forkDraftOf>[0]);
  expect(was).toEqual({
    system: "You are Sam.",
    model: "a/b",
    message: "second",
    blocks: { human: "Bob", persona: "Brief" },
  });
  expect(changesOf(was, was)).toEqual({ message: "second" });
  expect(changesOf(was, { ...was, model: "c/d", blocks: { ...was.blocks, human: "Eve" } })).toEqual({
    message: "second",
    model: "c/d",
    blocks: { human: "Eve" },
  });
});
