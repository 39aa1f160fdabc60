import type { FileAgent, FileBlock } from "@/lib/api/agent-file";
import type { Cause } from "@/lib/engine/cause";
import type { Origin } from "../agent-file/import-blocks";
import { createBlock } from "../blocks/blocks";
import { changeBlockIn } from "../blocks/change-block";
import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import type { Content, MigrationOptions } from "./content";

export type BlocksMove = {
  content: Content;
  agents: readonly FileAgent[];
  targets: ReadonlyMap<string, string>;
  options: MigrationOptions;
  origin: Origin;
  cause: Cause;
};

/** A block that an agent has, locked. */
type Held = { id: string; agent_id: string; label: string; entity_id: string | null; preserve_on_migration: boolean };

const DEFAULT_LIMIT_CHARS = 100_000;

/**
 * Makes the blocks of agents what a template's version says of them, but for those that are to be kept. Blocks are known
 * by what they are in the template, or else by their label; those that the agents don't have are made.
 *
 * @returns the blocks of each agent, in order: the template's, then its others, unless these are to go.
 */
export async function migrateBlocks(ctx: Ctx, sql: Sql, move: BlocksMove): Promise<Map<string, string[]>> {
  const agentIds = move.agents.map((agent) => move.targets.get(agent.id)!);
  const held = await lockHeld(sql, agentIds);
  const known = new Map<string, string>();
  const result = new Map<string, string[]>();
  for (const agent of move.agents) {
    const agentId = move.targets.get(agent.id)!;
    const own = held.filter((block) => block.agent_id === agentId);
    const ids: string[] = [];
    for (const block of move.content.blocks.filter((one) => agent.block_ids.includes(one.id))) {
      const id = known.get(block.id) ?? (await migrateBlock(ctx, sql, move, { block, own, agentId }));
      known.set(block.id, id);
      ids.push(id);
    }
    const others = move.options.dropOtherBlocks ? [] : own.map((block) => block.id).filter((id) => !ids.includes(id));
    result.set(agentId, [...ids, ...others]);
  }
  return result;
}

/** Locks first, then reads: what another has just committed would not be seen in one statement. */
async function lockHeld(sql: Sql, agentIds: readonly string[]): Promise<Held[]> {
  await sql.query(
    `SELECT id FROM block WHERE id IN (SELECT block_id FROM agent_block WHERE agent_id = ANY($1::text[])) ORDER BY id FOR UPDATE`,
    [agentIds],
  );
  return sql.query<Held>(
    `SELECT b.id, l.agent_id, v.label, b.entity_id, b.preserve_on_migration FROM agent_block l
       JOIN block b ON b.id = l.block_id AND b.deleted_at IS NULL JOIN block_version v ON v.id = b.head_version_id
     WHERE l.agent_id = ANY($1::text[]) ORDER BY l.agent_id, l.position`,
    [agentIds],
  );
}

type Moving = { block: FileBlock; own: readonly Held[]; agentId: string };

async function migrateBlock(ctx: Ctx, sql: Sql, move: BlocksMove, { block, own, agentId }: Moving): Promise<string> {
  const existing =
    own.find((one) => one.entity_id !== null && one.entity_id === block.entity_id) ??
    own.find((one) => one.label === block.label);
  if (!existing) return makeBlock(ctx, sql, move, block, agentId);
  const isKept = move.options.preserveMemory || block.preserve_on_migration || existing.preserve_on_migration;
  if (!isKept) {
    await changeBlockIn(ctx, sql, existing.id, {
      changes: {
        label: block.label,
        value: block.value,
        description: block.description ?? null,
        limitChars: block.limit ?? DEFAULT_LIMIT_CHARS,
        readOnly: block.read_only ?? false,
      },
      operation: "migrate-template",
      cause: move.cause,
    });
  }
  const { templateId, baseTemplateId, deploymentId } = move.origin;
  await sql.query(
    "UPDATE block SET template_id = $2, base_template_id = $3, deployment_id = $4, entity_id = $5 WHERE id = $1",
    [existing.id, templateId, baseTemplateId, deploymentId, block.entity_id ?? null],
  );
  return existing.id;
}

function makeBlock(ctx: Ctx, sql: Sql, move: BlocksMove, block: FileBlock, agentId: string): Promise<string> {
  const { templateId, baseTemplateId, deploymentId } = move.origin;
  return createBlock(
    ctx,
    {
      label: block.label,
      value: block.value,
      description: block.description ?? null,
      limit: block.limit ?? DEFAULT_LIMIT_CHARS,
      read_only: block.read_only ?? false,
      metadata: block.metadata ?? {},
      tags: block.tags ?? [],
      hidden: block.hidden ?? null,
      is_template: false,
      preserve_on_migration: block.preserve_on_migration ?? false,
      template_id: templateId,
      base_template_id: baseTemplateId,
      deployment_id: deploymentId,
      entity_id: block.entity_id ?? null,
      madeForAgentId: agentId,
      cause: move.cause,
    },
    sql,
  );
}
