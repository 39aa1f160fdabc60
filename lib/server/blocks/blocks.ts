import type { CreateBlock, UpdateBlock, WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import type { Paging } from "@/lib/api/common";
import type { Cause } from "@/lib/engine/cause";
import type { WritePolicy } from "@/lib/engine/memory";
import { apiCause, type Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder } from "../core/paging";
import type { Sql, Statement } from "../db/database";
import type { Prisma } from "../db/generated/client";
import type { BlockModel, BlockVersionModel } from "../db/generated/models";
import { withLocks } from "./locked-lines";

export type BlockRow = BlockModel & { head: BlockVersionModel };

export function toWireBlock(row: BlockRow): WireBlock {
  return {
    value: row.head.value,
    limit: row.head.limitChars,
    project_id: row.projectId,
    template_name: row.templateName,
    is_template: row.isTemplate,
    template_id: row.templateId,
    base_template_id: row.baseTemplateId,
    deployment_id: row.deploymentId,
    entity_id: row.entityId,
    preserve_on_migration: row.preserveOnMigration,
    label: row.head.label,
    read_only: row.head.readOnly,
    description: row.head.description,
    metadata: (row.head.metadata ?? {}) as Record<string, unknown>,
    hidden: row.hidden,
    id: row.id,
    created_by_id: row.createdById,
    last_updated_by_id: row.lastUpdatedById,
    tags: row.tags,
    head_version_id: row.headVersionId,
  };
}

export function toWireBlockVersion(row: BlockVersionModel): WireBlockVersion {
  return {
    id: row.id,
    seq: Number(row.seq),
    block_id: row.blockId,
    parent_id: row.parentId,
    number: row.number,
    label: row.label,
    value: row.value,
    description: row.description,
    limit: row.limitChars,
    read_only: row.readOnly,
    metadata: (row.metadata ?? {}) as Record<string, unknown>,
    write_policy: toWirePolicy(row.writePolicy as WritePolicy | null),
    operation: row.operation,
    cause: row.cause as Cause,
    agent_id: row.agentId,
    run_id: row.runId,
    step_id: row.stepId,
    created_at: row.createdAt.toISOString(),
  };
}

const toWirePolicy = (policy: WritePolicy | null): WireBlockVersion["write_policy"] =>
  policy && {
    writes: policy.writes,
    locked_lines: policy.lockedLines,
    expires_after_hours: policy.expiresAfterHours,
  };

/** @throws ApiError `not-found`. */
export async function getBlock(ctx: Ctx, id: string): Promise<BlockRow> {
  const row = await ctx.db.prisma.block.findFirst({
    where: { id, organizationId: ctx.actor.organizationId, deletedAt: null },
    include: { head: true },
  });
  if (!row?.head) throw notFound("block", id);
  return row;
}

export type NewBlock = CreateBlock & { cause?: Cause; madeForAgentId?: string };

/** Makes a block and its first version. `sql` puts it into a caller's transaction. */
export async function createBlock(ctx: Ctx, body: NewBlock, sql: Sql = ctx.db): Promise<string> {
  const id = newId("block");
  await sql.query(CREATE_BLOCK, [
    id,
    newId("version"),
    ctx.actor.organizationId,
    JSON.stringify({
      label: body.label,
      value: body.value,
      description: body.description ?? defaultDescription(body.label),
      limitChars: body.limit,
      readOnly: body.read_only,
      metadata: body.metadata ?? {},
      hidden: body.hidden ?? null,
      projectId: body.project_id ?? null,
      isTemplate: body.is_template,
      templateName: body.template_name ?? null,
      templateId: body.template_id ?? null,
      baseTemplateId: body.base_template_id ?? null,
      deploymentId: body.deployment_id ?? null,
      entityId: body.entity_id ?? null,
      preserveOnMigration: body.preserve_on_migration ?? false,
      madeForAgentId: body.madeForAgentId ?? null,
      userId: ctx.actor.userId,
    }),
    body.tags ?? [],
    JSON.stringify(body.cause ?? apiCause(ctx)),
    ctx.now().toISOString(),
  ]);
  return id;
}

const CREATE_BLOCK: Statement = {
  name: "block-create",
  text: `
WITH given AS (SELECT * FROM jsonb_to_record($4::jsonb) AS x("label" text, "value" text, "description" text,
    "limitChars" int, "readOnly" boolean, "metadata" jsonb, "hidden" boolean, "projectId" text, "isTemplate" boolean,
    "templateName" text, "templateId" text, "baseTemplateId" text, "deploymentId" text, "entityId" text,
    "preserveOnMigration" boolean, "madeForAgentId" text, "userId" text)),
  version AS (INSERT INTO block_version (id, organization_id, block_id, number, label, value, description, limit_chars,
      read_only, metadata, operation, cause, agent_id, run_id, step_id, created_at)
    SELECT $2, $3, $1, 1, label, value, description, "limitChars", "readOnly", metadata, 'create', $6::jsonb,
      CASE WHEN $6::jsonb ? 'toolCall' THEN $6::jsonb->>'actor' END, CASE WHEN $6::jsonb ? 'toolCall' THEN $6::jsonb->>'run' END,
      CASE WHEN $6::jsonb ? 'toolCall' THEN $6::jsonb->>'step' END, $7::timestamptz
    FROM given)
INSERT INTO block (id, organization_id, head_version_id, hidden, project_id, is_template, template_name, template_id,
    base_template_id, deployment_id, entity_id, preserve_on_migration, tags, made_for_agent_id, created_by_id, last_updated_by_id, created_at)
  SELECT $1, $3, $2, hidden, "projectId", "isTemplate", "templateName", "templateId", "baseTemplateId", "deploymentId",
    "entityId", "preserveOnMigration", $5::text[], "madeForAgentId", "userId", "userId", $7::timestamptz FROM given`,
};

/** Letta gives blocks with these labels a description where the client gives none. */
function defaultDescription(label: string): string | null {
  if (label === "human") {
    return "The human block: Stores key details about the person you are conversing with, allowing for more personalized and friend-like conversation.";
  }
  if (label === "persona") {
    return "The persona block: Stores details about your current persona, guiding how you behave and respond. This helps you to maintain consistency and personality in your interactions.";
  }
  return null;
}

export type BlockChange = {
  changes: Partial<Pick<BlockVersionModel, "label" | "value" | "description" | "limitChars" | "readOnly">> & {
    metadata?: Prisma.JsonObject;
  };
  operation: string;
  cause: Cause;
  /** Fail if the head is another; without it, the change is made again on the newer head. */
  baseVersionId?: string | null;
};

const ATTEMPTS = 10;

/**
 * Appends a version under compare-and-set. A change that changes nothing appends nothing. The prompts of all agents
 * that hold the block become stale.
 *
 * @throws ApiError `conflict` if `baseVersionId` is no longer the head, or another block of an agent has the new label.
 */
export async function changeBlock(ctx: Ctx, id: string, change: BlockChange): Promise<BlockRow> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await getBlock(ctx, id);
    if (change.baseVersionId && change.baseVersionId !== row.headVersionId) {
      throw conflict("CONFLICT: the block has changed since the version that this change was made on", {
        head_version_id: row.headVersionId,
      });
    }
    const next = { ...row.head, ...change.changes };
    if (isSame(row.head, next)) return row;
    if (next.label !== row.head.label) await requireFreeLabel(ctx, id, next.label);
    const written = await ctx.db.query(APPEND_VERSION, [
      id,
      newId("version"),
      row.headVersionId,
      JSON.stringify({ ...contentOf(next), ...withLocks(row.head, next.value) }),
      JSON.stringify(next.metadata ?? {}),
      change.operation,
      JSON.stringify(change.cause),
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    if (written.length > 0) {
      publishWrite(ctx, id, change);
      return getBlock(ctx, id);
    }
  }
  throw conflict("CONFLICT: the block is being changed by others; try again");
}

const contentOf = ({ label, value, description, limitChars, readOnly }: BlockVersionModel) => ({
  label,
  value,
  description,
  limitChars,
  readOnly,
});

function publishWrite(ctx: Ctx, id: string, change: BlockChange) {
  ctx.events.publish({
    type: "memory",
    organizationId: ctx.actor.organizationId,
    agentId: null,
    id,
    at: ctx.now().toISOString(),
    detail: { operation: change.operation, cause: change.cause },
  });
}

/** A version has the policy of the one before it where its content names none. Id, new version, head, content, metadata, operation, cause, user, time; no row if the head is another. */
export const APPEND_VERSION: Statement = {
  name: "block-append",
  text: `
WITH head AS (UPDATE block SET head_version_id = $2, last_updated_by_id = $8
    WHERE id = $1 AND head_version_id = $3 AND deleted_at IS NULL RETURNING organization_id),
  stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1
    WHERE (id IN (SELECT agent_id FROM agent_block WHERE block_id = $1) OR id = (SELECT made_for_agent_id FROM block WHERE id = $1))
      AND EXISTS (SELECT 1 FROM head))
INSERT INTO block_version (id, organization_id, block_id, parent_id, number, label, value, description, limit_chars,
    read_only, metadata, operation, cause, created_at, edits, write_policy)
  SELECT $2, head.organization_id, $1, $3, parent.number + 1, x.label, x.value, x.description, x."limitChars",
    x."readOnly", $5::jsonb, $6, $7::jsonb, $9::timestamptz, nullif(x."edits", 'null'),
    CASE WHEN $4::jsonb ? 'writePolicy' THEN nullif(x."writePolicy", 'null') ELSE parent.write_policy END
  FROM head, block_version parent, jsonb_to_record($4::jsonb) AS x("label" text, "value" text, "description" text,
    "limitChars" int, "readOnly" boolean, "edits" jsonb, "writePolicy" jsonb)
  WHERE parent.id = $3 RETURNING id`,
};

function isSame(a: BlockVersionModel, b: BlockVersionModel): boolean {
  const keys = ["label", "value", "description", "limitChars", "readOnly"] as const;
  return (
    keys.every((key) => a[key] === b[key]) && JSON.stringify(a.metadata ?? {}) === JSON.stringify(b.metadata ?? {})
  );
}

/** @throws ApiError `conflict` if an agent that holds the block has another with that label. */
export async function requireFreeLabel(ctx: Ctx, id: string, label: string): Promise<void> {
  const taken = await ctx.db.query(
    `SELECT 1 FROM agent_block mine JOIN agent_block other ON other.agent_id = mine.agent_id AND other.block_id <> mine.block_id
       JOIN block b ON b.id = other.block_id JOIN block_version v ON v.id = b.head_version_id
     WHERE mine.block_id = $1 AND v.label = $2 LIMIT 1`,
    [id, label],
  );
  if (taken.length > 0)
    throw conflict(`CONFLICT: an agent that holds this block has another with the label '${label}'`);
}

/** PATCH of the contract: null is "not given". */
export async function updateBlock(ctx: Ctx, id: string, body: UpdateBlock): Promise<WireBlock> {
  const given = <K extends string, T>(key: K, value: T | null | undefined) =>
    (value == null ? {} : { [key]: value }) as { [P in K]?: T };
  const head = {
    ...given("hidden", body.hidden),
    ...given("projectId", body.project_id),
    ...given("isTemplate", body.is_template),
    ...given("templateName", body.template_name),
    ...given("templateId", body.template_id),
    ...given("baseTemplateId", body.base_template_id),
    ...given("deploymentId", body.deployment_id),
    ...given("entityId", body.entity_id),
    ...given("preserveOnMigration", body.preserve_on_migration),
    ...given("tags", body.tags),
  };
  const row = await changeBlock(ctx, id, {
    changes: {
      ...given("label", body.label),
      ...given("value", body.value),
      ...given("description", body.description),
      ...given("limitChars", body.limit),
      ...given("readOnly", body.read_only),
      ...given("metadata", body.metadata as Prisma.JsonObject | null | undefined),
    },
    operation: "update",
    cause: apiCause(ctx),
    baseVersionId: body.base_version_id ?? null,
  });
  if (Object.keys(head).length === 0) return toWireBlock(row);
  return toWireBlock(await ctx.db.prisma.block.update({ where: { id }, data: head, include: { head: true } }));
}

/** As `getBlock`, of a block that may be deleted: its past stays. */
export async function getBlockOfAnyTime(ctx: Ctx, id: string): Promise<BlockRow> {
  const row = await ctx.db.prisma.block.findFirst({
    where: { id, organizationId: ctx.actor.organizationId },
    include: { head: true },
  });
  if (!row?.head) throw notFound("block", id);
  return row;
}

export async function listBlockVersions(ctx: Ctx, id: string, paging: Paging): Promise<WireBlockVersion[]> {
  await getBlockOfAnyTime(ctx, id);
  const backwards = Boolean(paging.before && !paging.after);
  const direction = backwards === (paging.order === "asc") ? "desc" : "asc";
  const rows = await ctx.db.prisma.blockVersion.findMany({
    where: { AND: [{ blockId: id }, await versionCursor(ctx, id, paging)] },
    orderBy: { number: direction },
    take: paging.limit,
  });
  return inListOrder(rows, { reverse: backwards }).map(toWireBlockVersion);
}

/** Versions are ordered by their number, which has no ties. */
async function versionCursor(ctx: Ctx, blockId: string, paging: Paging): Promise<Prisma.BlockVersionWhereInput> {
  const numberOf = async (id: string) => {
    const row = await ctx.db.prisma.blockVersion.findFirst({ where: { id, blockId } });
    if (!row) throw notFound("block version", id);
    return row.number;
  };
  const [up, down] = paging.order === "asc" ? (["gt", "lt"] as const) : (["lt", "gt"] as const);
  return {
    AND: [
      paging.after ? { number: { [up]: await numberOf(paging.after) } } : {},
      paging.before ? { number: { [down]: await numberOf(paging.before) } } : {},
    ],
  };
}

/** Appends a version with the content of an earlier one: nothing disappears. */
export async function revertBlock(ctx: Ctx, id: string, versionId: string): Promise<WireBlock> {
  const version = await ctx.db.prisma.blockVersion.findFirst({
    where: { id: versionId, blockId: id, organizationId: ctx.actor.organizationId },
  });
  if (!version) throw notFound("block version", versionId);
  const { label, value, description, limitChars, readOnly, metadata } = version;
  const row = await changeBlock(ctx, id, {
    changes: { label, value, description, limitChars, readOnly, metadata: (metadata ?? {}) as Prisma.JsonObject },
    operation: "revert",
    cause: { ...apiCause(ctx), kind: "revert", target: versionId },
  });
  return toWireBlock(row);
}
