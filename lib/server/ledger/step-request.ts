import { shownTranscript } from "@/lib/engine/context";
import type { ModelRequest } from "@/lib/engine/model";
import { renderPrompt } from "@/lib/engine/render";
import type { Section } from "@/lib/engine/section";
import type { Message } from "@/lib/stream/message";
import { unseal } from "../conversations/compile";
import type { Ctx } from "../core/core";
import { type MessageRow, toMessage } from "../records/message-rows";
import type { SealedSection } from "../records/sections";
import type { StepRow } from "../run/steps";

/** What a step showed the model, read back from its snapshot. */
export type StepSnapshot = { list: SealedSection[]; sections: Section[]; messages: Message[]; rows: MessageRow[] };

/** Reads a step's context snapshot: its sections with their texts, and the messages of its ranges. */
export async function readSnapshot(ctx: Ctx, step: StepRow): Promise<StepSnapshot> {
  const [blob] = await ctx.db.query<{ list: string; texts: Record<string, string> | null }>(
    `SELECT lb.text AS list, (SELECT jsonb_object_agg(b.hash, b.text) FROM blob b WHERE b.agent_id = $1
       AND b.hash IN (SELECT s->>'hash' FROM jsonb_array_elements(lb.text::jsonb) s)) AS texts
     FROM blob lb WHERE lb.agent_id = $1 AND lb.hash = $2`,
    [step.agent_id, step.context_hash],
  );
  const list = JSON.parse(blob?.list ?? "[]") as SealedSection[];
  const rows = await messagesInRanges(ctx, step.conversation_id, step.context_ranges);
  return { list, sections: unseal(list, blob?.texts ?? {}), messages: rows.map(toMessage), rows };
}

/** Messages of a conversation in ranges of their place, in the order of the ranges. */
export function messagesInRanges(
  ctx: Ctx,
  conversationId: string,
  ranges: readonly [number, number][],
): Promise<MessageRow[]> {
  return ctx.db.query<MessageRow>(
    `SELECT m.* FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS r(range, n)
       JOIN message m ON m.conversation_id = $1 AND m.seq BETWEEN (r.range->>0)::int AND (r.range->>1)::int
     ORDER BY r.n, m.seq`,
    [conversationId, JSON.stringify(ranges)],
  );
}

/** The step's request without what the record does not keep: which tool had to be called, and whether in parallel. */
export function requestOf(
  step: StepRow,
  snapshot: StepSnapshot,
): Pick<ModelRequest, "system" | "messages" | "tools" | "settings"> {
  const isTool = (section: Section) => section.kind === "tools";
  return {
    system: renderPrompt(snapshot.sections.filter((section) => !isTool(section))),
    messages: shownTranscript(snapshot.messages, step.context_window),
    tools: snapshot.sections.filter(isTool).map((section) => JSON.parse(section.text)),
    settings: step.settings,
  };
}
