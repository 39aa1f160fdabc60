import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { recordResources } from "../records/resource-events";
import type { AttachedArchive } from "./attached";
import { thereAt } from "./state-passages";

/** So many passages are copied by one statement: an embedded database answers on the event loop. */
const COPIED_AT_ONCE = 200;

type Copying = { agentId: string; archives: readonly AttachedArchive[]; seq: number; cause: Cause };

/**
 * Gives an agent copies of archives, with the passages that were there as of a place of the ledger. It is a transaction
 * of many statements, with others' turns of the event loop between them.
 */
export async function copyArchives(ctx: Ctx, sql: Sql, { agentId, archives, seq, cause }: Copying): Promise<void> {
  for (const { id: from, name, isOwner } of archives) {
    const id = newId("archive");
    const made = await sql.query(COPY_ARCHIVE, [from, id, name, ctx.actor.userId, ctx.now().toISOString()]);
    if (made.length === 0) continue;
    await sql.query("INSERT INTO agent_archive (agent_id, archive_id, is_owner) VALUES ($1, $2, $3)", [
      agentId,
      id,
      isOwner,
    ]);
    await recordResources(
      ctx,
      sql,
      [{ resource: "archive", id, name, operation: "attach", agentIds: [agentId] }],
      cause,
    );
    await copyPassages(ctx, sql, { from, to: id, agentId, seq, cause });
  }
}

/** Its age is the original's: which archive new passages go to depends on it. */
const COPY_ARCHIVE = `
INSERT INTO archive (id, organization_id, name, description, metadata, embedding, copied_from_id, created_by_id, created_at, updated_at)
SELECT $2, organization_id, $3, description, metadata, embedding, id, $4, created_at, $5::timestamptz
  FROM archive WHERE id = $1 RETURNING id`;

type PassageCopying = { from: string; to: string; agentId: string; seq: number; cause: Cause };

async function copyPassages(ctx: Ctx, sql: Sql, { from, to, agentId, seq, cause }: PassageCopying): Promise<void> {
  const because = JSON.stringify(cause);
  for (let last = -1; ; ) {
    const [copied] = await sql.query<{ last: number | null }>(COPY_PASSAGES, [
      from,
      to,
      agentId,
      seq,
      last,
      because,
      ctx.now().toISOString(),
      COPIED_AT_ONCE,
    ]);
    if (copied?.last == null) return;
    last = copied.last;
    await othersTurn();
  }
}

// A slice is cut by place, before what was not there is left out: each statement looks at so many rows and no more.
const COPY_PASSAGES = `
WITH slice AS (SELECT p.* FROM passage p WHERE p.archive_id = $1 AND p.seq > $5 ORDER BY p.seq LIMIT $8),
  there AS (SELECT p.*, 'passage-' || gen_random_uuid() AS new_id FROM slice p WHERE ${thereAt("$4")} ORDER BY p.seq),
  copies AS (INSERT INTO passage (id, organization_id, archive_id, text, tags, metadata, copied_from_id, created_by_id,
      created_at, updated_at)
    SELECT new_id, organization_id, $2, text, tags, metadata, id, created_by_id, created_at, $7::timestamptz
    FROM there ORDER BY seq),
  events AS (INSERT INTO passage_event (id, organization_id, archive_id, agent_id, passage_id, type, cause, created_at)
    SELECT 'event-' || gen_random_uuid(), organization_id, $2, $3, new_id, 'insert', $6::jsonb, $7::timestamptz
    FROM there ORDER BY seq)
SELECT max(seq) AS last FROM slice`;
