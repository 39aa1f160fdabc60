import type { WritePolicy } from "@/lib/engine/memory";
import { AT_ONCE } from "@/lib/engine/write-policy";
import type { Edit } from "@/lib/text/edits";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { APPEND_VERSION, type BlockChange } from "./blocks";
import { withLocks } from "./locked-lines";

type Head = {
  head_version_id: string;
  label: string;
  value: string;
  description: string | null;
  limit_chars: number;
  read_only: boolean;
  metadata: Record<string, unknown> | null;
  write_policy: WritePolicy | null;
};

/** What only acts of this server change beside the content. `edits`: what the value changed, where that is known. */
type Beside = { writePolicy?: WritePolicy | null; edits?: Edit[] };

/** `always`: the act itself is worth a version, though nothing of the content changes. */
type Recorded = { always?: boolean };
type Change = Pick<BlockChange, "changes" | "operation" | "cause"> & Recorded & { beside?: Beside };

/**
 * As `changeBlock`, in a caller's transaction that has locked the block, and without telling those who watch. Whether a
 * new label is free is the caller's to see to.
 *
 * @returns the new version's id; null where nothing changed.
 * @throws ApiError `not-found`.
 */
export async function changeBlockIn(
  ctx: Ctx,
  sql: Sql,
  id: string,
  { changes, operation, cause, always = false, beside = {} }: Change,
): Promise<string | null> {
  const [head] = await sql.query<Head>(
    `SELECT b.head_version_id, v.label, v.value, v.description, v.limit_chars, v.read_only, v.metadata, v.write_policy
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
  const sets = beside.writePolicy !== undefined;
  const isSame = JSON.stringify([next, metadata]) === JSON.stringify([before, head.metadata ?? {}]);
  if (!always && isSame && (!sets || same(beside.writePolicy, head.write_policy))) return null;
  const versionId = newId("version");
  const locks = withLocks({ value: head.value, writePolicy: head.write_policy }, next.value);
  await sql.query(APPEND_VERSION, [
    id,
    versionId,
    head.head_version_id,
    JSON.stringify({ ...next, ...locks, ...beside }),
    JSON.stringify(metadata),
    operation,
    JSON.stringify(cause),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
  return versionId;
}

/** Whatever order the database gives the keys in. */
function same(a: WritePolicy | null | undefined, b: WritePolicy | null): boolean {
  const told = (policy: WritePolicy) => [policy.writes, policy.lockedLines, policy.expiresAfterHours];
  return JSON.stringify(told(a ?? AT_ONCE)) === JSON.stringify(told(b ?? AT_ONCE));
}
