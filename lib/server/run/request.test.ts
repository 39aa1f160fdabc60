import { describe, expect, test } from "vitest";
import type { MessageInput } from "@/lib/api/messages";
import type { Message, Part } from "@/lib/stream/message";
import { ApiError } from "../core/errors";
import { answersOf, givenOtids, messageInputs, toIncoming } from "./request";

const NOW = "2026-01-02T03:04:05.000Z";

function message(role: Message["role"], ...parts: Part[]): Message {
  return {
    id: `message-${role}`,
    role,
    parts,
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: "run-1",
    stepId: role === "user" ? null : "step-1",
    model: null,
    isErr: null,
    createdAt: NOW,
  };
}

const user = message("user", { type: "text", text: "Hi" });
const request = (...ids: string[]) =>
  message("approval", ...ids.map((id): Part => ({ type: "tool_call", id, name: "pay", arguments: "{}" })));
const approval = (...ids: string[]): MessageInput => ({
  type: "approval",
  approvals: ids.map((id) => ({ type: "approval", tool_call_id: id, approve: true })),
});
const words: MessageInput = { type: "message", role: "user", content: "Hello" };

/** What a refusal says. */
function refusal(act: () => unknown): Pick<ApiError, "code" | "detail"> {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, detail: error.detail };
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the body of a request", () => {
  test("has exactly one of messages and input, and not nothing", () => {
    expect(refusal(() => messageInputs({}))).toEqual({
      code: "invalid",
      detail: "Must specify either 'input' or 'messages'.",
    });
    expect(refusal(() => messageInputs({ input: "a", messages: [words] })).detail).toBe(
      "Cannot specify both 'input' and 'messages'. Use one or the other.",
    );
    expect(refusal(() => messageInputs({ messages: [] })).detail).toBe("Messages must not be empty");
    expect(messageInputs({ input: "Hello" })).toEqual([words]);
  });

  test("names a retry only by otids that the client gave", () => {
    expect(givenOtids([words, { ...words, otid: "o1" }, { ...words, otid: null }])).toEqual(["o1"]);
    expect(toIncoming([words], [], NOW).messages[0]!.otid).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a conversation that waits for an approval", () => {
  test("refuses an ordinary message with the id of the request", () => {
    expect(refusal(() => toIncoming([words], [user, request("a")], NOW))).toEqual({
      code: "conflict",
      detail: {
        code: "PENDING_APPROVAL",
        message:
          "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny the pending request before continuing.",
        pending_request_id: "message-approval",
      },
    });
  });

  test("takes an answer to exactly the calls that wait, in any order", () => {
    const incoming = toIncoming([approval("b", "a")], [user, request("a", "b")], NOW);
    expect(incoming.decisions!.map((decision) => decision.toolCallId)).toEqual(["b", "a"]);
    expect(incoming.messages).toMatchObject([{ role: "approval" }]);
  });

  test.each([[["a"]], [["a", "c"]], [["a", "b", "c"]], [["a", "a"]]])("refuses answers to %j", (ids) => {
    expect(refusal(() => toIncoming([approval(...ids)], [user, request("a", "b")], NOW))).toEqual({
      code: "bad-request",
      detail: `Invalid tool call IDs. Expected '['a', 'b']', but received '[${ids.map((id) => `'${id}'`).join(", ")}]'.`,
    });
  });

  test("takes the id of the request for the call's where one call waits, and only there", () => {
    expect(toIncoming([approval("message-approval")], [user, request("a")], NOW).decisions).toMatchObject([
      { toolCallId: "a" },
    ]);
    expect(refusal(() => toIncoming([approval("message-approval")], [user, request("a", "b")], NOW)).detail).toContain(
      "received '['message-approval']'",
    );
  });

  test("takes words along with the answer", () => {
    const incoming = toIncoming([approval("a"), words], [user, request("a")], NOW);
    expect(incoming.messages.map((one) => one.role)).toEqual(["approval", "user"]);
  });

  test("takes a client's return as an answer, in both forms", () => {
    const given = { type: "tool" as const, tool_call_id: "a", tool_return: "done", status: "error" as const };
    for (const input of [
      { type: "approval" as const, approvals: [given] },
      { type: "tool_return" as const, tool_returns: [given] },
    ]) {
      expect(toIncoming([input], [user, request("a")], NOW).decisions).toEqual([
        { type: "tool", toolCallId: "a", status: "error", content: "done", stdout: null, stderr: null },
      ]);
      expect(answersOf(input, []).map((one) => one.toolCallId)).toEqual(["a"]);
    }
  });

  test("takes the older form for a single call, by the id of the request", () => {
    const older: MessageInput = {
      type: "approval",
      approve: false,
      approval_request_id: "message-approval",
      reason: "No",
    };
    expect(toIncoming([older], [user, request("a")], NOW).decisions).toEqual([
      { type: "approval", toolCallId: "a", approve: false, reason: "No" },
    ]);
    expect(refusal(() => toIncoming([older], [user, request("a", "b")], NOW)).detail).toContain(
      "Expected '['a', 'b']'",
    );
    expect(answersOf(older, [user, request("a")])).toMatchObject([{ toolCallId: "a" }]);
    const wrong: MessageInput = { ...older, approval_request_id: "message-other" };
    expect(refusal(() => toIncoming([wrong], [user, request("a")], NOW)).detail).toBe(
      "Invalid approval request ID. Expected 'message-approval', but received 'message-other'.",
    );
  });
});

test("an answer where nothing waits is refused", () => {
  expect(refusal(() => toIncoming([approval("a")], [user], NOW))).toEqual({
    code: "bad-request",
    detail:
      "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message to interact with the agent.",
  });
});
