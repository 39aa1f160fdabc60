import type { AgentFile, FileBlock, FileExtension } from "@/lib/api/agent-file";
import { causeSchema } from "@/lib/api/blocks";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";

type History = FileExtension["block_versions"][number]["versions"];

/** Where the blocks of a deployment come from. */
export type Origin = { templateId: string; baseTemplateId: string; deploymentId: string };

export type BlockPlan = {
  /** Ids of the blocks that are made, by their ids in the file. */
  idOf: ReadonlyMap<string, string>;
  blocks: Record<string, unknown>[];
  versions: Record<string, unknown>[];
};

export type BlockOptions = {
  cause: Cause;
  /** What the last version was made by, where it is not in the history. */
  operation: string;
  origin: Origin | null;
};

const DEFAULT_LIMIT_CHARS = 100_000;

/**
 * The blocks of a file as new ones. Where it has their history, each has all its versions, with their dates and with
 * what caused them; a value that is not the last of its history becomes one more.
 */
export function planBlocks(ctx: Ctx, file: AgentFile, { cause, operation, origin }: BlockOptions): BlockPlan {
  const histories = new Map(file.memoir?.block_versions.map((one) => [one.block_id, one.versions]) ?? []);
  const ownerOf = (id: string) => file.agents.findIndex((agent) => agent.block_ids.includes(id));
  const idOf = new Map(file.blocks.map((block) => [block.id, newId("block")]));
  const made = file.blocks.map((block) => {
    const id = idOf.get(block.id)!;
    const versions = toVersions(ctx, block, histories.get(block.id) ?? [], { cause, operation }).map((version) => ({
      ...version,
      blockId: id,
    }));
    return { row: toRow(ctx, block, { id, versions, owner: ownerOf(block.id), origin }), versions };
  });
  return { idOf, blocks: made.map(({ row }) => row), versions: made.flatMap(({ versions }) => versions) };
}

type Version = { id: string; createdAt: string };
type Making = { id: string; versions: Version[]; owner: number; origin: Origin | null };

function toRow(ctx: Ctx, block: FileBlock, { id, versions, owner, origin }: Making) {
  return {
    id,
    headVersionId: versions.at(-1)!.id,
    hidden: block.hidden ?? null,
    isTemplate: block.is_template ?? false,
    templateName: block.template_name ?? null,
    tags: block.tags ?? [],
    preserveOnMigration: block.preserve_on_migration ?? false,
    entityId: origin ? (block.entity_id ?? null) : null,
    ...(origin ?? { templateId: null, baseTemplateId: null, deploymentId: null }),
    /** Of the agents of the file, which of them it is made for; -1 for none. */
    owner,
    createdAt: ctx.now().toISOString(),
  };
}

function toVersions(ctx: Ctx, block: FileBlock, history: History, made: Pick<BlockOptions, "cause" | "operation">) {
  const head = {
    label: block.label,
    value: block.value,
    description: block.description ?? null,
    limit: block.limit ?? DEFAULT_LIMIT_CHARS,
    read_only: block.read_only ?? false,
    metadata: block.metadata ?? {},
  };
  const last = history.at(-1);
  const isLast = last && Object.entries(head).every(([key, value]) => isSame(last[key as keyof typeof last], value));
  const newest = { ...head, operation: made.operation, cause: null, created_at: ctx.now().toISOString() };
  const all = isLast ? history : [...history, newest];
  const ids = all.map(() => newId("version"));
  return all.map((version, index) => ({
    id: ids[index]!,
    parentId: ids[index - 1] ?? null,
    number: index + 1,
    label: version.label,
    value: version.value,
    description: version.description,
    limitChars: version.limit,
    readOnly: version.read_only,
    metadata: version.metadata ?? {},
    operation: version.operation,
    cause: { ...made.cause, ...wasOf(version.cause) },
    createdAt: version.created_at,
  }));
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});

function wasOf(kind: string | null): Pick<Cause, "was"> {
  const was = causeSchema.shape.kind.safeParse(kind).data;
  return was && was !== "import" ? { was } : {};
}

/** `agentIds` are those of the file's agents, in order. */
export async function writeBlocks(ctx: Ctx, sql: Sql, plan: BlockPlan, agentIds: readonly string[]): Promise<void> {
  if (plan.blocks.length === 0) return;
  const { organizationId, userId } = ctx.actor;
  const rows = plan.blocks.map(({ owner, ...row }) => ({ ...row, madeForAgentId: agentIds[Number(owner)] ?? null }));
  // In the order of their numbers, so that the ledger has them in it too.
  await sql.query(INSERT_VERSIONS, [organizationId, JSON.stringify(plan.versions)]);
  await sql.query(INSERT_BLOCKS, [organizationId, JSON.stringify(rows), userId]);
}

const INSERT_VERSIONS = `
INSERT INTO block_version (id, organization_id, block_id, parent_id, number, label, value, description, limit_chars,
    read_only, metadata, operation, cause, created_at)
SELECT x."id", $1, x."blockId", x."parentId", x."number", x."label", x."value", x."description", x."limitChars",
    x."readOnly", x."metadata", x."operation", x."cause", x."createdAt"
  FROM jsonb_to_recordset($2::jsonb) AS x("id" text, "blockId" text, "parentId" text, "number" int, "label" text,
    "value" text, "description" text, "limitChars" int, "readOnly" boolean, "metadata" jsonb, "operation" text,
    "cause" jsonb, "createdAt" timestamptz)
  ORDER BY x."blockId", x."number"`;

const INSERT_BLOCKS = `
INSERT INTO block (id, organization_id, head_version_id, hidden, is_template, template_name, template_id,
    base_template_id, deployment_id, entity_id, preserve_on_migration, tags, made_for_agent_id, created_by_id,
    last_updated_by_id, created_at)
SELECT x."id", $1, x."headVersionId", x."hidden", x."isTemplate", x."templateName", x."templateId", x."baseTemplateId",
    x."deploymentId", x."entityId", x."preserveOnMigration", x."tags", x."madeForAgentId", $3, $3, x."createdAt"
  FROM jsonb_to_recordset($2::jsonb) AS x("id" text, "headVersionId" text, "hidden" boolean, "isTemplate" boolean,
    "templateName" text, "templateId" text, "baseTemplateId" text, "deploymentId" text, "entityId" text,
    "preserveOnMigration" boolean, "tags" text[], "madeForAgentId" text, "createdAt" timestamptz)`;
