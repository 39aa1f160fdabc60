import { describe, expect, it } from "vitest";
import type { Message, Part } from "@/lib/stream/message";
import { joinLive, pendingApprovals, rowsOf } from "./transcript-rows";

function message(id: string, role: Message["role"], parts: Part[], otid: string | null = null): Message {
  const rest = { name: null, senderId: null, groupId: null, runId: null, stepId: null, model: null, isErr: null };
  return { id, role, parts, otid, createdAt: "2026-01-01T00:00:00.000Z", ...rest };
}

const CALL = { type: "tool_call", id: "c1", name: "f", arguments: "{}" } as const;
const RETURN = {
  type: "tool_return",
  toolCallId: "c1",
  name: "f",
  status: "success",
  content: "ok",
  stdout: null,
  stderr: null,
} as const;

describe("rowsOf", () => {
  it("puts a return with its call, and makes no row of it", () => {
    const rows = rowsOf([message("m1", "assistant", [CALL]), message("m2", "tool", [RETURN])]);
    expect(rows).toMatchObject([{ type: "tool", call: { id: "c1" }, result: { content: "ok" } }]);
  });

  it("keys a user's message by its otid, so that it stays the same row when it is stored", () => {
    const [row] = rowsOf([message("m1", "user", [{ type: "text", text: "Hi" }], "otid-1")]);
    expect(row).toMatchObject({ key: "otid-1", type: "user", text: "Hi" });
  });

  it("shows what the server packed for the agent as a notice, and other JSON as it is", () => {
    const packed = JSON.stringify({ type: "heartbeat", reason: "go on" });
    const [alert] = rowsOf([message("m1", "user", [{ type: "text", text: packed }])]);
    const [plain] = rowsOf([message("m2", "user", [{ type: "text", text: '{"type":"other"}' }])]);
    expect(alert).toMatchObject({ type: "alert", title: "Heartbeat", text: "go on" });
    expect(plain).toMatchObject({ type: "user" });
  });
});

describe("pendingApprovals", () => {
  const asked = message("m1", "approval", [CALL]);

  it("is the call that nothing has answered", () => {
    expect(pendingApprovals(rowsOf([asked]))).toHaveLength(1);
  });

  it("is nothing once there is a decision or a return", () => {
    const decision = { type: "approval", toolCallId: "c1", approve: false, reason: "no" } as const;
    const decided = message("m2", "approval", [{ type: "approval", decision }]);
    expect(pendingApprovals(rowsOf([asked, decided]))).toEqual([]);
    expect(pendingApprovals(rowsOf([asked, message("m3", "tool", [RETURN])]))).toEqual([]);
  });
});

describe("joinLive", () => {
  it("shows a message that is stored once", () => {
    const stored = [message("m1", "assistant", []), message("m2", "assistant", [])];
    const live = [message("m2", "assistant", []), message("m3", "assistant", [])];
    expect(joinLive(stored, live).map((one) => one.id)).toEqual(["m1", "m2", "m3"]);
  });
});
