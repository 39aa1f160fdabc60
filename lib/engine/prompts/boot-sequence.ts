import { formatTime } from "@/lib/engine/time";
import type { Message } from "@/lib/stream/message";

export type BootMessage = Pick<Message, "role" | "parts" | "name">;

export type BootOptions = {
  toolCallId: string;
  /** ISO 8601, UTC. */
  now: string;
  timezone: string;
};

const THOUGHT = "Bootup sequence complete. Persona activated. Testing messaging functionality.";
const FIRST_WORDS = "More human than human is our motto.";

/**
 * The messages that a new memgpt agent begins with, after its system message: it tries out `send_message`, and someone
 * logs in. They show a model how it speaks before anyone has spoken with it (Letta V1 §3.1).
 */
export function bootSequence({ toolCallId, now, timezone }: BootOptions): BootMessage[] {
  const login = { type: "login", last_login: "Never (first login)", time: formatTime(now, timezone) };
  const call = { id: toolCallId, name: "send_message", arguments: JSON.stringify({ message: FIRST_WORDS }) };
  return [
    {
      role: "assistant",
      name: null,
      parts: [
        { type: "reasoning", reasoning: THOUGHT, source: "non_reasoner_model", signature: null },
        { type: "tool_call", ...call },
      ],
    },
    {
      role: "tool",
      name: "send_message",
      parts: [
        {
          type: "tool_return",
          toolCallId,
          name: "send_message",
          status: "success",
          content: "None",
          stdout: null,
          stderr: null,
        },
      ],
    },
    { role: "user", name: null, parts: [{ type: "text", text: JSON.stringify(login) }] },
  ];
}
