import type { Message } from "@/lib/stream/message";
import { formatTime } from "./time";

/** The message that tells a model why it is asked again: JSON of type `heartbeat`, as a user (letta-v1 §3.4). */
export function heartbeatMessage(at: {
  id: string;
  reason: string;
  runId: string;
  stepId: string | null;
  now: string;
  timezone: string;
}): Message {
  const text = JSON.stringify({ type: "heartbeat", reason: at.reason, time: formatTime(at.now, at.timezone) });
  return {
    id: at.id,
    role: "user",
    parts: [{ type: "text", text }],
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: at.runId,
    stepId: at.stepId,
    model: null,
    isErr: null,
    createdAt: at.now,
  };
}
