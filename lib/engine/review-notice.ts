import type { Message } from "@/lib/stream/message";
import { formatTime } from "./time";

/** What became of a write that an agent proposed. */
export type Decision = {
  status: "accepted" | "changed" | "refused" | "expired";
  /** Of the block, as it was called when it was proposed. */
  label: string;
  /** The tool that wrote. */
  operation: string;
  /** ISO 8601, UTC. */
  proposedAt: string;
  reason: string | null;
};

/**
 * The message that tells an agent what became of its proposals: JSON of type `system_alert`, as a user, as the contract
 * has what the server itself says (letta-v1 §3.4).
 */
export function reviewNotice(
  decisions: readonly Decision[],
  at: { id: string; now: string; timezone: string },
): Message {
  const message = decisions.map((decision) => sentence(decision, at.timezone)).join("\n");
  const text = JSON.stringify({ type: "system_alert", message, time: formatTime(at.now, at.timezone) });
  return {
    id: at.id,
    role: "user",
    parts: [{ type: "text", text }],
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: at.now,
  };
}

function sentence({ status, label, operation, proposedAt, reason }: Decision, timezone: string): string {
  const change = `Your change to memory block '${label}' (${operation}, ${formatTime(proposedAt, timezone)})`;
  if (status === "accepted") return `${change} was reviewed by a person and accepted. It is in the block now.`;
  if (status === "changed")
    return `${change} was reviewed by a person and accepted in other words. What the block says now is what holds.`;
  if (status === "expired") return `${change} was not reviewed in time and is void. The block is as it was.`;
  const why = reason ? `Reason: ${reason}` : "No reason was given.";
  return `${change} was reviewed by a person and refused. The block is as it was. ${why}`;
}
