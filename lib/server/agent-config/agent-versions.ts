import { isDeepStrictEqual } from "node:util";
import type { WireAgentVersion } from "@/lib/api/agent-versions";
import type { Paging } from "@/lib/api/common";
import type { Cause } from "@/lib/engine/cause";
import { apiCause, type Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder } from "../core/paging";
import type { Sql, Statement } from "../db/database";
import type { AgentVersionModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { lockFolders, writeFolderLinks } from "../links/folder-links";
import type { AgentConfig } from "./agent-config";
import { toWireConfig } from "./wire-config";

export type AgentChange = {
  operation: string;
  cause: Cause;
  stepId?: string | null;
  /** From what the agent is to what it becomes. May run more than once. */
  change: (config: AgentConfig, sql: Sql) => AgentConfig | Promise<AgentConfig>;
  /** Runs first, before the agent is locked: checks and locks what is to be attached. */
  before?: (sql: Sql) => Promise<void>;
  /** Runs last, in the same transaction: what else belongs to the change. */
  after?: (sql: Sql) => Promise<void>;
  /** Fail if the head is another; without it, the change is made on the newest version. */
  baseVersionId?: string | null;
};

type Head = {
  version_id: string;
  number: number;
  config: AgentConfig;
  tool_ids: string[];
  block_ids: string[];
  folder_ids: string[];
};

/**
 * Changes an agent and appends the version that says so, with its links, in one transaction; a change that changes
 * nothing appends nothing. Two who change one agent wait for each other, and both appear in its history. What the
 * prompt depends on makes compiled prompts stale.
 *
 * @returns the id of the version that is the head now.
 * @throws ApiError `not-found`; `conflict` if `baseVersionId` is no longer the head, or two blocks have one label.
 */
export async function changeAgent(ctx: Ctx, id: string, edit: AgentChange): Promise<string> {
  const versionId = await transact(ctx, (sql) => changeAgentIn(ctx, sql, id, edit));
  ctx.events.publish({
    type: "agent",
    organizationId: ctx.actor.organizationId,
    agentId: id,
    id,
    at: ctx.now().toISOString(),
    detail: { operation: edit.operation, cause: edit.cause, version_id: versionId },
  });
  return versionId;
}

/** As `changeAgent`, in a caller's transaction and without telling those who watch. */
export async function changeAgentIn(ctx: Ctx, sql: Sql, id: string, edit: AgentChange): Promise<string> {
  await edit.before?.(sql);
  const head = await lockHead(ctx, sql, id);
  if (edit.baseVersionId && edit.baseVersionId !== head.version_id) {
    throw conflict("CONFLICT: the agent has changed since the version that this change was made on", {
      head_version_id: head.version_id,
    });
  }
  // The link tables are the truth of what is attached: folders of before versions knew of them left no version.
  const config: AgentConfig = {
    ...head.config,
    toolIds: head.tool_ids,
    blockIds: head.block_ids,
    folderIds: head.folder_ids,
  };
  const next = await edit.change(config, sql);
  const same = isDeepStrictEqual(JSON.parse(JSON.stringify(next)), JSON.parse(JSON.stringify(config)));
  const versionId = same ? head.version_id : await append(ctx, sql, id, { head, config, next, edit });
  if (!same && next.enableSleeptime) await shareBlocks(ctx, sql, id, { before: config, after: next, edit });
  await edit.after?.(sql);
  return versionId;
}

type Sharing = { before: AgentConfig; after: AgentConfig; edit: AgentChange };

/** Blocks that an agent gets or gives up come and go with the agents that tend its memory. */
async function shareBlocks(ctx: Ctx, sql: Sql, id: string, { before, after, edit }: Sharing): Promise<void> {
  const added = after.blockIds.filter((blockId) => !before.blockIds.includes(blockId));
  const gone = before.blockIds.filter((blockId) => !after.blockIds.includes(blockId));
  if (added.length === 0 && gone.length === 0) return;
  const tenders = await sql.query<{ id: string }>(
    `SELECT m.agent_id AS id FROM agent_group g JOIN group_agent m ON m.group_id = g.id
     WHERE g.manager_agent_id = $1 AND g.manager_type = 'sleeptime' AND m.agent_id <> $1 ORDER BY m.agent_id`,
    [id],
  );
  for (const tender of tenders) {
    await changeAgentIn(ctx, sql, tender.id, {
      operation: edit.operation,
      cause: edit.cause,
      change: async (config) => {
        const kept = config.blockIds.filter((blockId) => !gone.includes(blockId));
        return { ...config, blockIds: [...kept, ...(await withFreeLabels(sql, kept, added))] };
      },
    });
  }
}

/** Those of the blocks whose labels none of an agent's own has. */
async function withFreeLabels(sql: Sql, own: readonly string[], added: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT b.id FROM block b JOIN block_version v ON v.id = b.head_version_id
     WHERE b.id = ANY($1::text[]) AND b.id <> ALL($2::text[]) AND NOT EXISTS (SELECT 1 FROM block o
       JOIN block_version ov ON ov.id = o.head_version_id WHERE o.id = ANY($2::text[]) AND ov.label = v.label)`,
    [added, own],
  );
  return added.filter((id) => rows.some((row) => row.id === id));
}

/** Locks the agent, then reads its head: in one statement, what another has just committed would not be seen. */
async function lockHead(ctx: Ctx, sql: Sql, id: string): Promise<Head> {
  const locked = await sql.query(LOCK_AGENT, [id, ctx.actor.organizationId]);
  const [head] = locked.length === 0 ? [] : await sql.query<Head>(READ_HEAD, [id]);
  if (!head) throw notFound("agent", id);
  return head;
}

const LOCK_AGENT: Statement = {
  name: "agent-lock",
  text: "SELECT id FROM agent WHERE id = $1 AND organization_id = $2 FOR UPDATE",
};

const READ_HEAD: Statement = {
  name: "agent-head",
  text: `
SELECT a.version_id, v.number, v.config,
  ARRAY(SELECT tool_id FROM agent_tool WHERE agent_id = a.id ORDER BY position) AS tool_ids,
  ARRAY(SELECT block_id FROM agent_block WHERE agent_id = a.id ORDER BY position) AS block_ids,
  ARRAY(SELECT folder_id FROM agent_folder WHERE agent_id = a.id ORDER BY created_at, folder_id) AS folder_ids
FROM agent a JOIN agent_version v ON v.id = a.version_id WHERE a.id = $1`,
};

type Append = { head: Head; config: AgentConfig; next: AgentConfig; edit: AgentChange };

async function append(ctx: Ctx, sql: Sql, id: string, { head, config, next, edit }: Append): Promise<string> {
  const versionId = newId("version");
  const written = await sql.query(APPEND_VERSION, [
    id,
    versionId,
    head.version_id,
    head.number + 1,
    JSON.stringify(next),
    edit.operation,
    JSON.stringify(edit.cause),
    edit.stepId ?? null,
    changesPrompt(config, next) ? 1 : 0,
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
  if (written.length === 0) throw conflict("CONFLICT: the agent is being changed by others; try again");
  await writeLinks(sql, id, next);
  if (!isDeepStrictEqual(config.folderIds, next.folderIds)) await writeFolderLinks(ctx, sql, id, next.folderIds ?? []);
  return versionId;
}

const APPEND_VERSION: Statement = {
  name: "agent-append",
  text: `
WITH version AS (INSERT INTO agent_version (id, organization_id, agent_id, parent_id, number, config, operation, cause,
      step_id, created_at)
    SELECT $2, organization_id, id, $3, $4, $5::jsonb, $6, $7::jsonb, $8, $11::timestamptz
    FROM agent WHERE id = $1 AND version_id = $3 RETURNING id)
UPDATE agent SET version_id = $2, compile_epoch = compile_epoch + $9, last_updated_by_id = $10,
    updated_at = $11::timestamptz
  WHERE id = $1 AND version_id = $3 AND EXISTS (SELECT 1 FROM version) RETURNING id`,
};

/**
 * Makes the link tables say what the configuration says.
 *
 * @throws ApiError `conflict` if two of the agent's blocks have one label.
 */
export async function writeLinks(sql: Sql, id: string, { toolIds, blockIds }: AgentConfig): Promise<void> {
  await sql.query(SET_TOOLS, [id, toolIds]);
  await sql.query(SET_BLOCKS, [id, blockIds]);
  const [twice] = await sql.query<{ label: string }>(
    `SELECT v.label FROM agent_block l JOIN block b ON b.id = l.block_id JOIN block_version v ON v.id = b.head_version_id
     WHERE l.agent_id = $1 GROUP BY v.label HAVING count(*) > 1 LIMIT 1`,
    [id],
  );
  if (twice) throw conflict(`CONFLICT: the agent has more than one block with the label '${twice.label}'`);
}

const SET_TOOLS: Statement = {
  name: "agent-set-tools",
  text: `
WITH gone AS (DELETE FROM agent_tool WHERE agent_id = $1 AND tool_id <> ALL($2::text[]))
INSERT INTO agent_tool (agent_id, tool_id, position)
  SELECT $1, x.id, x.n FROM unnest($2::text[]) WITH ORDINALITY AS x(id, n)
ON CONFLICT (agent_id, tool_id) DO UPDATE SET position = EXCLUDED.position
  WHERE agent_tool.position <> EXCLUDED.position`,
};

const SET_BLOCKS: Statement = {
  name: "agent-set-blocks",
  text: `
WITH gone AS (DELETE FROM agent_block WHERE agent_id = $1 AND block_id <> ALL($2::text[]))
INSERT INTO agent_block (agent_id, block_id, position)
  SELECT $1, x.id, x.n FROM unnest($2::text[]) WITH ORDINALITY AS x(id, n)
ON CONFLICT (agent_id, block_id) DO UPDATE SET position = EXCLUDED.position
  WHERE agent_block.position <> EXCLUDED.position`,
};

/** Whether the compiled prompt can differ. A tool that comes or goes is not in it; its rules are. */
function changesPrompt(before: AgentConfig, after: AgentConfig): boolean {
  const shown = (config: AgentConfig) => {
    const { system, toolRules, blockIds, folderIds, timezone, model } = config;
    const { llm, maxFilesOpen, perFileViewWindowCharLimit } = config;
    const files = folderIds?.length ? [folderIds, llm.contextWindow, maxFilesOpen, perFileViewWindowCharLimit] : [];
    return JSON.parse(JSON.stringify([system, toolRules, blockIds, timezone, model, files]));
  };
  return !isDeepStrictEqual(shown(before), shown(after));
}

export function toWireAgentVersion(row: AgentVersionModel): WireAgentVersion {
  return {
    id: row.id,
    seq: Number(row.seq),
    agent_id: row.agentId,
    parent_id: row.parentId,
    number: row.number,
    config: toWireConfig(row.config as AgentConfig),
    operation: row.operation,
    cause: row.cause as Cause,
    step_id: row.stepId,
    created_at: row.createdAt.toISOString(),
  };
}

/** Versions are ordered by their number, which has no ties. */
export async function listAgentVersions(ctx: Ctx, agentId: string, paging: Paging): Promise<WireAgentVersion[]> {
  const [after, before] = [await numberOf(ctx, agentId, paging.after), await numberOf(ctx, agentId, paging.before)];
  const [up, down] = paging.order === "asc" ? (["gt", "lt"] as const) : (["lt", "gt"] as const);
  const backwards = before !== null && after === null;
  const rows = await ctx.db.prisma.agentVersion.findMany({
    where: {
      agentId,
      organizationId: ctx.actor.organizationId,
      AND: [after === null ? {} : { number: { [up]: after } }, before === null ? {} : { number: { [down]: before } }],
    },
    orderBy: { number: backwards === (paging.order === "asc") ? "desc" : "asc" },
    take: paging.limit,
  });
  return inListOrder(rows, { reverse: backwards }).map(toWireAgentVersion);
}

async function numberOf(ctx: Ctx, agentId: string, id: string | null | undefined): Promise<number | null> {
  return id ? (await getVersion(ctx, agentId, id)).number : null;
}

async function getVersion(ctx: Ctx, agentId: string, id: string): Promise<AgentVersionModel> {
  const row = await ctx.db.prisma.agentVersion.findFirst({
    where: { id, agentId, organizationId: ctx.actor.organizationId },
  });
  if (!row) throw notFound("agent version", id);
  return row;
}

/** Appends a version like an earlier one: nothing disappears. Tools, blocks and folders that are gone by now stay gone. */
export async function restoreAgentVersion(ctx: Ctx, agentId: string, versionId: string): Promise<void> {
  const version = await getVersion(ctx, agentId, versionId);
  const config = version.config as AgentConfig;
  let toolIds: string[] = [];
  let blockIds: string[] = [];
  let folderIds: string[] = [];
  await changeAgent(ctx, agentId, {
    operation: "restore",
    cause: { ...apiCause(ctx), kind: "revert", target: versionId },
    before: async (sql) => {
      folderIds = await lockFolders(ctx, sql, config.folderIds ?? []);
      toolIds = await lockTools(ctx, sql, config.toolIds);
      blockIds = await lockBlocks(ctx, sql, config.blockIds);
    },
    change: () => ({ ...config, toolIds, blockIds, folderIds }),
  });
}

/** Those of the ids that are tools, in their order; they can't be deleted before the transaction ends. */
export async function lockTools(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<string[]> {
  return lock(sql, "SELECT id FROM tool WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR SHARE", [
    [...new Set(ids)],
    ctx.actor.organizationId,
  ]);
}

/** Those of the ids that are blocks, in their order; they can't be deleted before the transaction ends. */
export async function lockBlocks(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<string[]> {
  return lock(
    sql,
    `SELECT id FROM block WHERE id = ANY($1::text[]) AND organization_id = $2 AND deleted_at IS NULL ORDER BY id FOR SHARE`,
    [[...new Set(ids)], ctx.actor.organizationId],
  );
}

async function lock(sql: Sql, statement: string, params: [string[], string]): Promise<string[]> {
  const ids = params[0];
  if (ids.length === 0) return [];
  const found = new Set((await sql.query<{ id: string }>(statement, params)).map((row) => row.id));
  return ids.filter((id) => found.has(id));
}
