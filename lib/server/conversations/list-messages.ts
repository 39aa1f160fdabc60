import { renderPrompt } from "@/lib/engine/render";
import type { Message } from "@/lib/stream/message";
import type { WireMessage } from "@/lib/stream/wire";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { withImageData } from "../images/images";
import { type MessageRow, toMessage } from "../records/message-rows";
import { loadCompiled, readCompileInputs, renderSections } from "./compile";
import { messagesToWire, type PresentOptions } from "./present";

export type MessageFilter = {
  agentId?: string | null;
  conversationId?: string | null;
  runId?: string | null;
  stepId?: string | null;
  groupId?: string | null;
};

export type MessagePaging = {
  before?: string | null | undefined;
  after?: string | null | undefined;
  limit: number;
  order: "asc" | "desc";
};

export type ListOptions = {
  /** Cursors by time (`after` is newer) or by the order of the list (`after` comes later in it). */
  cursors: "chronological" | "ordered";
  /** The page as it is read, or always oldest first. */
  shown: "ordered" | "chronological";
  /** Whether an unknown cursor is an error. */
  strict: boolean;
};

/**
 * A page of stored messages, in the order asked for. `limit` counts stored messages, not wire messages. Across
 * conversations, the prompts of those that are no agent's default are left out: they say the same, at length.
 */
export async function listMessages(
  ctx: Ctx,
  filter: MessageFilter,
  paging: MessagePaging,
  options: ListOptions,
): Promise<Message[]> {
  const flipped = options.cursors === "ordered" && paging.order === "desc";
  const newerThan = await cursorOf(ctx, flipped ? paging.before : paging.after, options.strict);
  const olderThan = await cursorOf(ctx, flipped ? paging.after : paging.before, options.strict);
  // With a lower bound alone the page begins right after it, whichever way it is shown.
  const fromBound = options.cursors === "ordered" && flipped && newerThan !== null && olderThan === null;
  const direction = fromBound ? "ASC" : paging.order === "asc" ? "ASC" : "DESC";
  const rows = await ctx.db.query<MessageRow>(
    `SELECT m.* FROM message m WHERE m.organization_id = $1
       AND ($2::text IS NULL OR m.agent_id = $2) AND ($3::text IS NULL OR m.conversation_id = $3)
       AND ($4::text IS NULL OR m.run_id = $4) AND ($5::text IS NULL OR m.step_id = $5)
       AND ($6::bigint IS NULL OR m.ledger_seq > $6) AND ($7::bigint IS NULL OR m.ledger_seq < $7)
       AND ($9::text IS NULL OR m.group_id = $9)
       AND (m.seq <> 0 OR m.role <> 'system' OR $3::text IS NOT NULL
         OR EXISTS (SELECT 1 FROM conversation c WHERE c.id = m.conversation_id AND c.is_default))
       -- What tests say is shown to who asks for it.
       AND (coalesce($2, $3, $4, $5, $9) IS NOT NULL
         OR NOT EXISTS (SELECT 1 FROM agent a WHERE a.id = m.agent_id AND a.suite_run_id IS NOT NULL))
     ORDER BY m.ledger_seq ${direction} LIMIT $8`,
    [
      ctx.actor.organizationId,
      filter.agentId ?? null,
      filter.conversationId ?? null,
      filter.runId ?? null,
      filter.stepId ?? null,
      newerThan,
      olderThan,
      paging.limit,
      filter.groupId ?? null,
    ],
  );
  const chronological = direction === "ASC" ? rows : rows.toReversed();
  const messages = await wholeMessages(ctx, chronological);
  return options.shown === "chronological" || paging.order === "asc" ? messages : messages.toReversed();
}

async function cursorOf(ctx: Ctx, id: string | null | undefined, strict: boolean): Promise<number | null> {
  if (!id) return null;
  const [row] = await ctx.db.query<{ ledger_seq: number }>(
    "SELECT ledger_seq FROM message WHERE id = $1 AND organization_id = $2",
    [id, ctx.actor.organizationId],
  );
  if (!row && strict) throw notFound("message", id);
  return row?.ledger_seq ?? null;
}

/**
 * Rows as whole messages: the first one of a conversation is its compiled prompt, which is kept by section, and images
 * have their data.
 */
async function wholeMessages(ctx: Ctx, rows: readonly MessageRow[]): Promise<Message[]> {
  const messages = await Promise.all(
    rows.map(async (row): Promise<Message> => {
      const message = toMessage(row);
      if (row.role !== "system" || row.seq !== 0) return message;
      return { ...message, parts: [{ type: "text", text: await promptText(ctx, row.conversation_id) }] };
    }),
  );
  return withImageData(ctx, messages);
}

/** The prompt in force of a conversation; what it would be, where none was compiled yet. */
export async function promptText(ctx: Ctx, conversationId: string): Promise<string> {
  const [row] = await ctx.db.query<{ compile_id: string | null }>("SELECT compile_id FROM conversation WHERE id = $1", [
    conversationId,
  ]);
  if (row?.compile_id) return renderPrompt((await loadCompiled(ctx.db, row.compile_id)).sections);
  return renderPrompt(renderSections(await readCompileInputs(ctx, ctx.db, conversationId)));
}

export async function getMessages(ctx: Ctx, id: string, present: PresentOptions): Promise<WireMessage[]> {
  const rows = await ctx.db.query<MessageRow>("SELECT * FROM message WHERE id = $1 AND organization_id = $2", [
    id,
    ctx.actor.organizationId,
  ]);
  if (rows.length === 0) throw notFound("message", id);
  return messagesToWire(await wholeMessages(ctx, rows), present);
}

/** Newest-first pages keep the parts of each message in their natural order. */
export function pageToWire(
  messages: readonly Message[],
  order: "asc" | "desc",
  present: PresentOptions,
): WireMessage[] {
  if (order === "asc") return messagesToWire(messages, present);
  const wire = messagesToWire(messages.toReversed(), present);
  const byMessage = new Map<string, WireMessage[]>();
  for (const message of wire) {
    const id = (message as { id: string }).id;
    byMessage.set(id, [...(byMessage.get(id) ?? []), message]);
  }
  return [...byMessage.values()].toReversed().flat();
}
