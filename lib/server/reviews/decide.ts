import type { WireBlock } from "@/lib/api/blocks";
import type { WireMemoryProposal } from "@/lib/api/memory-proposals";
import type { Cause } from "@/lib/engine/cause";
import type { Edit } from "@/lib/text/edits";
import { getBlock, requireFreeLabel, toWireBlock } from "../blocks/blocks";
import { changeBlockIn } from "../blocks/change-block";
import { apiCause, type Ctx } from "../core/core";
import { conflict } from "../core/errors";
import type { Sql } from "../db/database";
import type { MemoryProposalModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { changeAttachments } from "../run/tool-attachments";
import { getProposal, resultOf, textsOf, toWire } from "./proposals";

export type Acceptance = { value?: string | null | undefined; base_version_id?: string | null | undefined };
type Accepted = WireMemoryProposal & { block: WireBlock | null };

const ATTEMPTS = 5;

/**
 * Accepts a proposal: what it changes is a new version of its block, on top of what others wrote meanwhile, and its author
 * is the agent. With another value, the author is who decides. A proposal is decided once.
 *
 * @throws ApiError `not-found`; `conflict` for one that is decided, expired, of a deleted block, or in whose words others
 *   have written since, and for a `base_version_id` that is no longer the block's.
 */
export async function acceptProposal(ctx: Ctx, id: string, given: Acceptance): Promise<Accepted> {
  for (let attempt = 1; ; attempt++) {
    const row = await getProposal(ctx, id);
    requireOpen(ctx, row);
    const plan = await planOf(ctx, row, given);
    const isKept = await transact(ctx, (sql) => keep(ctx, sql, row, plan));
    if (isKept) {
      publish(ctx, row, { operation: plan.status, proposal: row.id });
      const [wire] = await toWire(ctx, [await getProposal(ctx, id)]);
      return { ...wire!, block: row.detach ? null : toWireBlock(await getBlock(ctx, row.blockId)) };
    }
    if (attempt === ATTEMPTS) throw conflict("CONFLICT: the block is being changed by others; try again");
  }
}

type Plan = {
  status: "accepted" | "changed";
  headVersionId: string;
  value: string | null;
  edits: Edit[] | null;
  /** Why the block changes, and who decided that it does. */
  cause: Cause;
  decided: Cause;
};

async function planOf(ctx: Ctx, row: MemoryProposalModel, given: Acceptance): Promise<Plan> {
  const texts = await textsOf(ctx, row);
  const { head_version_id: headVersionId } = texts;
  if (texts.is_deleted) throw conflict("CONFLICT: the block of this proposal was deleted");
  if (given.base_version_id && given.base_version_id !== headVersionId) {
    throw conflict("CONFLICT: the block has changed since the version that this decision was made on", {
      head_version_id: headVersionId,
    });
  }
  if (row.label !== null) await requireFreeLabel(ctx, row.blockId, row.label);
  const decided = apiCause(ctx);
  const merged = await resultOf(row, texts);
  const isOwn = given.value == null || row.detach || given.value === merged;
  if (isOwn && merged === null) {
    throw conflict(
      "CONFLICT: others have changed the same words since this was proposed; accept it with the value that the block is to have",
      { head_version_id: headVersionId },
    );
  }
  const proposer = { ...(row.cause as Cause), review: row.id };
  return {
    status: isOwn ? "accepted" : "changed",
    headVersionId,
    value: isOwn ? merged : given.value!,
    edits: isOwn && headVersionId === row.baseVersionId ? (row.edits as Edit[] | null) : null,
    cause: isOwn ? proposer : { ...decided, review: row.id },
    decided,
  };
}

/** False where the block or the proposal has moved on since it was read. */
async function keep(ctx: Ctx, sql: Sql, row: MemoryProposalModel, plan: Plan): Promise<boolean> {
  // Blocks before agents, as everybody locks them.
  const held = await sql.query(
    "SELECT id FROM block WHERE id = $1 AND head_version_id = $2 AND deleted_at IS NULL FOR UPDATE",
    [row.blockId, plan.headVersionId],
  );
  if (held.length === 0) return false;
  const { label, description, operation } = row;
  let versionId: string | null = null;
  if (row.detach) {
    const write = { type: "block-detach" as const, blockId: row.blockId, baseVersionId: plan.headVersionId, operation };
    await changeAttachments(ctx, sql, row, [{ write, cause: plan.cause }]);
  } else {
    const value = plan.value === null ? {} : { value: plan.value };
    versionId = await changeBlockIn(ctx, sql, row.blockId, {
      changes: { ...value, ...(label !== null && { label }), ...(description !== null && { description }) },
      operation,
      cause: plan.cause,
      beside: plan.edits ? { edits: plan.edits } : {},
    });
  }
  return decide(ctx, sql, row.id, { status: plan.status, cause: plan.decided, reason: null, versionId });
}

/** @throws ApiError `not-found`; `conflict` for a proposal that is decided or expired. */
export async function refuseProposal(
  ctx: Ctx,
  id: string,
  reason: string | null | undefined,
): Promise<WireMemoryProposal> {
  const row = await getProposal(ctx, id);
  requireOpen(ctx, row);
  const said = reason?.trim() || null;
  const decision = { status: "refused", cause: apiCause(ctx), reason: said, versionId: null } as const;
  if (!(await decide(ctx, ctx.db, id, decision))) requireOpen(ctx, await getProposal(ctx, id));
  publish(ctx, row, { operation: "refused", proposal: id });
  return (await toWire(ctx, [await getProposal(ctx, id)]))[0]!;
}

type Decided = {
  status: "accepted" | "changed" | "refused";
  cause: Cause;
  reason: string | null;
  versionId: string | null;
};

async function decide(ctx: Ctx, sql: Sql, id: string, { status, cause, reason, versionId }: Decided): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE memory_proposal SET status = $2, decided_cause = $3::jsonb, reason = $4, version_id = $5, decided_at = $6::timestamptz,
       decided_seq = ledger_next() WHERE id = $1 AND status = 'pending' RETURNING id`,
    [id, status, JSON.stringify(cause), reason, versionId, ctx.now().toISOString()],
  );
  if (rows.length === 0) requireOpen(ctx, await readState(sql, id));
  return rows.length > 0;
}

type State = Pick<MemoryProposalModel, "status" | "expiresAt" | "decidedCause">;

async function readState(sql: Sql, id: string): Promise<State> {
  const [row] = await sql.query<{ status: string; decided_cause: Cause | null }>(
    "SELECT status, decided_cause FROM memory_proposal WHERE id = $1",
    [id],
  );
  return { status: row?.status ?? "expired", expiresAt: null, decidedCause: row?.decided_cause ?? null };
}

/** One whose time is over is void, also before the job has said so. */
function requireOpen(ctx: Ctx, { status, expiresAt, decidedCause }: State): void {
  const isLate = expiresAt !== null && expiresAt <= ctx.now();
  if (status === "expired" || (status === "pending" && isLate))
    throw conflict("CONFLICT: this proposal has expired; nobody decided it in time");
  if (status === "pending") return;
  const by = (decidedCause as Cause | null)?.name;
  throw conflict(`CONFLICT: this proposal was decided already${by ? ` by ${by}` : ""}: ${status}`);
}

function publish(ctx: Ctx, row: MemoryProposalModel, detail: Record<string, unknown>): void {
  const { organizationId } = ctx.actor;
  const at = ctx.now().toISOString();
  ctx.events.publish({ type: "memory", organizationId, agentId: row.agentId, id: row.blockId, at, detail });
}
