import { randomUUID } from "node:crypto";
import type { CreateAgent, InitialMessage } from "@/lib/api/agents";
import { AGENT_TYPES } from "@/lib/engine/agent-types";
import { MEMGPT } from "@/lib/engine/dialect";
import { bootSequence } from "@/lib/engine/prompts/boot-sequence";
import type { Message, Part, TextPart } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql, Statement } from "../db/database";
import { othersTurn } from "../db/others-turn";

/** A message to be stored; what is left out is null. */
export type NewMessage = Pick<Message, "role" | "parts"> &
  Partial<Pick<Message, "otid" | "name" | "senderId" | "groupId" | "model" | "isErr" | "createdAt">> & {
    copiedFromId?: string | null;
  };

/** What a new agent begins with after its system message: what it was given, or the sequence of its type. */
export function firstMessages(ctx: Ctx, body: CreateAgent, config: AgentConfig): NewMessage[] {
  const speaksByTool = AGENT_TYPES[config.agentType].dialect === MEMGPT;
  if (body.initial_message_sequence) {
    return body.initial_message_sequence.flatMap((message) => storedForm(message, speaksByTool));
  }
  if (!AGENT_TYPES[config.agentType].bootSequence) return [];
  return bootSequence({ toolCallId: newCallId(), now: ctx.now().toISOString(), timezone: config.timezone });
}

const newCallId = () => `call_${randomUUID().replaceAll("-", "").slice(0, 24)}`;

/** An agent that speaks by a tool sees its own words as calls of it, or it would learn to speak otherwise. */
function storedForm(message: InitialMessage, speaksByTool: boolean): NewMessage[] {
  const { role, content, name = null, otid = null, sender_id: senderId = null, group_id: groupId = null } = message;
  const parts: Part[] = typeof content === "string" ? [{ type: "text", text: content }] : (content as Part[]);
  if (role !== "assistant" || !speaksByTool) return [{ role, parts, name, otid, senderId, groupId }];
  const words = parts.filter((part): part is TextPart => part.type === "text").map((part) => part.text);
  const id = newCallId();
  const call = { id, name: "send_message", arguments: JSON.stringify({ message: words.join("\n") }) };
  const answer = { toolCallId: id, name: "send_message", status: "success", content: "None" } as const;
  return [
    { role, parts: [{ type: "tool_call", ...call }], name, otid, senderId, groupId },
    { role: "tool", name: "send_message", parts: [{ type: "tool_return", ...answer, stdout: null, stderr: null }] },
  ];
}

export type NewConversation = {
  agentId: string;
  conversationId: string;
  isDefault: boolean;
  messages: readonly NewMessage[];
  columns?: {
    summary?: string | null;
    description?: string | null;
    model?: string | null;
    modelSettings?: Record<string, unknown> | null;
    contextWindowLimit?: number | null;
    hidden?: boolean | null;
    isolatedBlockIds?: string[];
    /** Its isolated blocks are all of its memory. */
    ownsMemory?: boolean;
    externalKey?: string | null;
  };
};

/** A conversation with its system message, which has no text of its own, and the messages that it begins with, all in context. */
export async function insertConversation(ctx: Ctx, sql: Sql, conversation: NewConversation): Promise<void> {
  const { agentId, conversationId, isDefault, messages, columns = {} } = conversation;
  const now = ctx.now().toISOString();
  const systemMessageId = newId("message");
  const { isolatedBlockIds = [], ownsMemory = false, ...own } = columns;
  await sql.query(INSERT_CONVERSATION, [
    conversationId,
    ctx.actor.organizationId,
    agentId,
    isDefault,
    JSON.stringify(own),
    isolatedBlockIds,
    systemMessageId,
    messages.length + 1,
    ctx.actor.userId,
    now,
    ownsMemory,
  ]);
  const system: NewMessage & { id: string } = { id: systemMessageId, role: "system", parts: [] };
  const rows = [system, ...messages].map((message, seq) => ({ id: newId("message"), createdAt: now, ...message, seq }));
  for (let start = 0; start < rows.length; start += INSERTED_AT_ONCE) {
    const some = JSON.stringify(rows.slice(start, start + INSERTED_AT_ONCE));
    await sql.query(INSERT_MESSAGES, [ctx.actor.organizationId, agentId, conversationId, some]);
    await othersTurn();
  }
}

/** Messages of a file or of another conversation, which may be many: to write each of them down takes its time. */
const INSERTED_AT_ONCE = 500;

const INSERT_CONVERSATION: Statement = {
  name: "conversation-insert",
  text: `
INSERT INTO conversation (id, organization_id, agent_id, is_default, summary, description, model, model_settings,
    context_window_limit, hidden, external_key, isolated_block_ids, owns_memory, system_message_id, context, next_seq, created_by_id,
    last_updated_by_id, created_at, updated_at)
SELECT $1, $2, $3, $4, x."summary", x."description", x."model", x."modelSettings", x."contextWindowLimit", x."hidden",
    x."externalKey", $6::text[], $11, $7, '[[1, null]]', $8, $9, $9, $10::timestamptz, $10::timestamptz
  FROM jsonb_to_record($5::jsonb) AS x("summary" text, "description" text, "model" text, "modelSettings" jsonb,
    "contextWindowLimit" int, "hidden" boolean, "externalKey" text)`,
};

// In the order of seq, so that the ledger has them in it too.
const INSERT_MESSAGES: Statement = {
  name: "messages-insert-new",
  text: `
INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, otid, name, sender_id, group_id,
    model, is_err, copied_from_id, created_at)
SELECT x."id", $1, $2, $3, x."seq", x."role", x."parts", x."otid", x."name", x."senderId", x."groupId", x."model",
    x."isErr", x."copiedFromId", x."createdAt"
  FROM jsonb_to_recordset($4::jsonb) AS x("id" text, "seq" int, "role" text, "parts" jsonb, "otid" text, "name" text,
    "senderId" text, "groupId" text, "model" text, "isErr" boolean, "copiedFromId" text, "createdAt" timestamptz)
  ORDER BY x."seq"`,
};
