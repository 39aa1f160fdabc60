import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { APPEND_VERSION, type BlockChange } from "./blocks";

type Head = {
  head_version_id: string;
  label: string;
  value: string;
  description: string | null;
  limit_chars: number;
  read_only: boolean;
  metadata: Record<string, unknown> | null;
};

/** `always`: the act itself is worth a version, though nothing of the content changes. */
type Recorded = { always?: boolean };

/**
 * As `changeBlock`, in a caller's transaction that has locked the block, and without telling those who watch. Whether a
 * new label is free is the caller's to see to.
 *
 * @throws ApiError `not-found`.
 */
export async function changeBlockIn(
  ctx: Ctx,
  sql: Sql,
  id: string,
  { changes, operation, cause, always = false }: Pick<BlockChange, "changes" | "operation" | "cause"> & Recorded,
): Promise<void> {
  const [head] = await sql.query<Head>(
    `SELECT b.head_version_id, v.label, v.value, v.description, v.limit_chars, v.read_only, v.metadata
     FROM block b JOIN block_version v ON v.id = b.head_version_id
     WHERE b.id = $1 AND b.organization_id = $2 AND b.deleted_at IS NULL`,
    [id, ctx.actor.organizationId],
  );
  if (!head) throw notFound("block", id);
  const before = {
    label: head.label,
    value: head.value,
    description: head.description,
    limitChars: head.limit_chars,
    readOnly: head.read_only,
  };
  const { metadata = head.metadata ?? {}, ...content } = changes;
  const next = { ...before, ...content };
  if (!always && JSON.stringify([next, metadata]) === JSON.stringify([before, head.metadata ?? {}])) return;
  await sql.query(APPEND_VERSION, [
    id,
    newId("version"),
    head.head_version_id,
    JSON.stringify(next),
    JSON.stringify(metadata),
    operation,
    JSON.stringify(cause),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}
