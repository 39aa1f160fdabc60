import type { Message, MessageRole, Part } from "@/lib/stream/message";
import type { Statement } from "../db/database";

/** A row of `message`, as raw SQL gives it. */
export type MessageRow = {
  id: string;
  agent_id: string;
  conversation_id: string;
  seq: number;
  ledger_seq: number;
  role: MessageRole;
  parts: Part[];
  otid: string | null;
  name: string | null;
  sender_id: string | null;
  group_id: string | null;
  run_id: string | null;
  step_id: string | null;
  model: string | null;
  is_err: boolean | null;
  created_at: Date;
};

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    role: row.role,
    parts: row.parts,
    otid: row.otid,
    name: row.name,
    senderId: row.sender_id,
    groupId: row.group_id,
    runId: row.run_id,
    stepId: row.step_id,
    model: row.model,
    isErr: row.is_err,
    createdAt: row.created_at.toISOString(),
  };
}

/** A message as `INSERT_MESSAGES` takes it. */
export function fromMessage(message: Message, seq: number) {
  return {
    id: message.id,
    seq,
    role: message.role,
    parts: message.parts,
    otid: message.otid,
    name: message.name,
    sender_id: message.senderId,
    group_id: message.groupId,
    step_id: message.stepId,
    model: message.model,
    is_err: message.isErr,
    created_at: message.createdAt,
  };
}

/** Columns of the records in a commit's JSON. */
export const MESSAGE_RECORD = `(id text, seq int, role text, parts jsonb, otid text, name text, sender_id text, group_id text,
  step_id text, model text, is_err boolean, created_at timestamptz)`;

/**
 * Messages in the ranges of a conversation's context, in order, without the system message. `$1` organization, `$2`
 * conversation or null for the default one of the agent `$3`.
 */
export const READ_TRANSCRIPT: Statement = {
  name: "transcript",
  text: `
SELECT m.*, c.next_seq FROM conversation c
  CROSS JOIN LATERAL jsonb_array_elements(c.context) WITH ORDINALITY AS r(range, n)
  CROSS JOIN LATERAL (SELECT * FROM message WHERE conversation_id = c.id AND seq >= (r.range->>0)::int
    AND seq <= coalesce((r.range->>1)::int, 2147483647) ORDER BY seq OFFSET 0) m
WHERE c.id = coalesce($2, (SELECT default_conversation_id FROM agent WHERE id = $3)) AND c.organization_id = $1
ORDER BY r.n, m.seq`,
};
