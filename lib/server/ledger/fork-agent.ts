import { isDeepStrictEqual } from "node:util";
import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { lockTools, writeLinks } from "../agent-config/agent-versions";
import { copyBlocksAt } from "../blocks/copy-blocks";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { openAsCompiled } from "../folders/directories";
import { shareImages } from "../images/images";
import { lockFolders, writeFolderLinks } from "../links/folder-links";
import { copyWorkspace } from "../workspaces/files";
import { copyArchives } from "./fork-archives";
import { copyMessages, insertForkedConversation } from "./fork-messages";
import { lostSince, notCopied } from "./fork-notes";
import { copyPrompt, promptAt } from "./fork-prompt";
import type { Fork, Forked, Forking } from "./forking";
import type { StateAt } from "./state";

const MAX_NAME_CHARS = 200;

type Made = Omit<Forked, "run_id">;

/**
 * A new agent that is what another one was, with copies of its own of all that was its own: blocks, archives, messages.
 * It is made whole or not at all.
 *
 * @throws ApiError 400 for a change that it can't have.
 */
export async function forkAgent(ctx: Ctx, { state, fork, kept, cause }: Forking): Promise<Made> {
  const { step, bound } = state;
  const changes = fork.changes ?? {};
  const source = await getAgentRow(ctx, step.agent_id);
  requireLabels(state, changes.blocks ?? {});
  const model = changes.model ? (await ctx.models.info(ctx, changes.model)).handle : null;
  const lost = await lostSince(ctx, state);
  const prompt = state.now?.prompt ?? (await promptAt(ctx, step, fork.moment));
  const config: AgentConfig = { ...state.agentVersion.config, toolIds: lost.toolIds, folderIds: lost.folderIds };
  const changed = await changedConfig(ctx, config, changes, model);
  const rendersAnew = prompt.isStale || changesPrompt(config, changed) || Object.keys(changes.blocks ?? {}).length > 0;
  const shown = rendersAnew ? [] : await versionsShown(ctx, prompt.compileId);
  const contextTokens = state.now ? state.now.contextTokens : await tokensAt(ctx, state, fork);
  const ids = { agentId: newId("agent"), conversationId: newId("conv"), versionId: newId("version") };
  const { agentId, conversationId } = ids;
  await transact(ctx, async (sql) => {
    await lockTools(ctx, sql, config.toolIds);
    await lockFolders(ctx, sql, config.folderIds ?? []);
    const blocks = { agentId, heads: state.blocks, shown, values: changes.blocks ?? {}, cause };
    const { blockIds, versionOf } = await copyBlocksAt(ctx, sql, blocks);
    const complete = { ...changed, blockIds };
    const name = fork.name ?? `${source.name.slice(0, MAX_NAME_CHARS)} fork`;
    const forkedSeq = pastSeq(state, fork);
    await insertAgent(ctx, sql, { ...ids, state, forkedSeq, name, config: { ...config, blockIds }, cause });
    await insertForkedConversation(ctx, sql, {
      id: conversationId,
      agentId,
      from: step.conversation_id,
      isDefault: true,
      summary: null,
      model,
      forkedFromStepId: step.id,
      forkedSeq,
      contextTokens,
      ownBlockIds: null,
    });
    await copyMessages(ctx, sql, { from: step.conversation_id, agentId, conversationId, kept });
    if (!isDeepStrictEqual(changed, config)) await appendChanged(ctx, sql, { ...ids, config: complete, cause });
    await writeLinks(sql, agentId, complete);
    await copyFolders(ctx, sql, {
      agentId,
      folderIds: config.folderIds ?? [],
      compileId: prompt.compileId,
      at: bound.at,
    });
    await copyArchives(ctx, sql, { agentId, archives: state.archives, seq: bound.seq, cause });
    await copyWorkspace(ctx, sql, { from: source.id, to: agentId, seq: bound.seq, cause });
    await shareImages(sql, source.id, agentId);
    if (rendersAnew) return;
    const owner = { agentId, conversationId, isDefault: true, agentVersionId: ids.versionId, versionOf };
    await copyPrompt(sql, prompt.compileId, owner, cause);
  });
  publish(ctx, agentId, cause);
  const others = await whatElseItHas(ctx, source.id);
  const notes = [...lost.notes, ...notCopied(config, { ...others, identities: state.identities.length > 0 })];
  return { agent_id: agentId, conversation_id: conversationId, notes };
}

/** The last place of the ledger that is part of the fork's past: a step that it begins before is none of it. */
export function pastSeq({ step, bound }: StateAt, { moment }: Fork): number {
  return moment === "before" ? step.seq - 1 : bound.seq;
}

/** @throws ApiError 400 for a value of a block that there was not. */
export function requireLabels(state: StateAt, values: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(values).find((label) => !state.blocks.some((block) => block.label === label));
  if (unknown) throw badRequest(`INVALID_ARGUMENT: there was no block with the label '${unknown}'`);
}

type Changes = NonNullable<Fork["changes"]>;

/** A configuration with what is changed on purpose. */
async function changedConfig(
  ctx: Ctx,
  config: AgentConfig,
  changes: Changes,
  model: string | null,
): Promise<AgentConfig> {
  const names = changes.drop_tools ?? [];
  const dropped = await ctx.db.prisma.tool.findMany({
    where: { organizationId: ctx.actor.organizationId, name: { in: names } },
    select: { id: true },
  });
  return {
    ...config,
    system: changes.system ?? config.system,
    model: model ?? config.model,
    modelSettings: model ? null : config.modelSettings,
    toolIds: config.toolIds.filter((id) => !dropped.some((tool) => tool.id === id)),
    toolRules: config.toolRules.filter((rule) => !names.includes(rule.tool_name)),
  };
}

function changesPrompt(before: AgentConfig, after: AgentConfig): boolean {
  const shown = ({ system, model, toolRules }: AgentConfig) => JSON.stringify([system, model, toolRules]);
  return shown(before) !== shown(after);
}

/** The block versions that a prompt shows. */
export async function versionsShown(ctx: Ctx, compileId: string) {
  const compile = await ctx.db.prisma.compile.findUnique({ where: { id: compileId } });
  return ctx.db.prisma.blockVersion.findMany({ where: { id: { in: compile?.blockVersionIds ?? [] } } });
}

/** What a provider counted in context at the moment; null where nobody did. */
export async function tokensAt(ctx: Ctx, { step }: StateAt, { moment, changes }: Fork): Promise<number | null> {
  if (changes?.message != null) return null;
  const counted = (one: { prompt_tokens: number | null; completion_tokens: number | null } | undefined) =>
    one?.prompt_tokens == null ? null : one.prompt_tokens + (one.completion_tokens ?? 0);
  if (moment === "after") return counted(step);
  const [before] = await ctx.db.query<{ prompt_tokens: number | null; completion_tokens: number | null }>(
    `SELECT prompt_tokens, completion_tokens FROM step WHERE agent_id = $1 AND conversation_id = $2 AND seq < $3
       AND context_ranges->0->0 = $4::jsonb ORDER BY seq DESC LIMIT 1`,
    [step.agent_id, step.conversation_id, step.seq, JSON.stringify(step.context_ranges[0]?.[0] ?? null)],
  );
  return counted(before);
}

type NewAgent = {
  agentId: string;
  versionId: string;
  conversationId: string;
  state: StateAt;
  forkedSeq: number;
  name: string;
  config: AgentConfig;
  cause: Cause;
};

async function insertAgent(ctx: Ctx, sql: Sql, made: NewAgent): Promise<void> {
  const { state } = made;
  await sql.query(INSERT_AGENT, [
    made.agentId,
    made.versionId,
    state.step.agent_id,
    JSON.stringify(made.config),
    JSON.stringify(made.cause),
    state.agentVersion.id,
    made.name,
    made.conversationId,
    state.step.id,
    made.forkedSeq,
    ctx.actor.userId,
    ctx.now().toISOString(),
    made.config.agentType,
    ctx.suiteRunId ?? null,
  ]);
}

const INSERT_AGENT = `
WITH source AS (SELECT organization_id, $13::text AS agent_type, description FROM agent WHERE id = $3),
  version AS (INSERT INTO agent_version (id, organization_id, agent_id, number, config, operation, cause, copied_from_id, created_at)
    SELECT $2, organization_id, $1, 1, $4::jsonb, 'fork', $5::jsonb, $6, $12::timestamptz FROM source)
INSERT INTO agent (id, organization_id, version_id, name, agent_type, description, default_conversation_id,
    forked_from_step_id, forked_seq, created_by_id, last_updated_by_id, created_at, updated_at, suite_run_id)
  SELECT $1, organization_id, $2, $7, agent_type, description, $8, $9, $10, $11, $11, $12::timestamptz, $12::timestamptz, $14
  FROM source`;

type Changed = Pick<NewAgent, "agentId" | "versionId" | "config" | "cause">;

/** What is changed on purpose is a version after the copy: a copy changes nothing. */
async function appendChanged(ctx: Ctx, sql: Sql, { agentId, versionId, config, cause }: Changed): Promise<void> {
  await sql.query(
    `WITH version AS (INSERT INTO agent_version (id, organization_id, agent_id, parent_id, number, config, operation, cause, created_at)
         SELECT $2, organization_id, agent_id, id, number + 1, $4::jsonb, 'fork', $5::jsonb, $6::timestamptz
         FROM agent_version WHERE id = $3 RETURNING id)
     UPDATE agent SET version_id = version.id FROM version WHERE agent.id = $1`,
    [agentId, newId("version"), versionId, JSON.stringify(config), JSON.stringify(cause), ctx.now().toISOString()],
  );
}

type Folders = { agentId: string; folderIds: readonly string[]; compileId: string; at: Date };

/** Folders with the files that were there, open as the prompt shows them. */
async function copyFolders(ctx: Ctx, sql: Sql, { agentId, folderIds, compileId, at }: Folders): Promise<void> {
  if (folderIds.length === 0) return;
  await writeFolderLinks(ctx, sql, agentId, folderIds);
  await sql.query(
    `DELETE FROM agent_file a USING file f
     WHERE a.agent_id = $1 AND f.id = a.file_id AND f.created_at > $2::timestamptz`,
    [agentId, at.toISOString()],
  );
  await openAsCompiled(sql, agentId, compileId);
}

async function whatElseItHas(ctx: Ctx, agentId: string): Promise<{ secrets: boolean; group: boolean }> {
  const [row] = await ctx.db.query<{ secrets: boolean; group: boolean }>(
    `SELECT EXISTS (SELECT FROM agent_secret WHERE agent_id = $1) AS secrets,
       EXISTS (SELECT FROM agent_group WHERE manager_agent_id = $1) AS "group"`,
    [agentId],
  );
  return row ?? { secrets: false, group: false };
}

function publish(ctx: Ctx, agentId: string, cause: Cause): void {
  ctx.events.publish({
    type: "agent",
    organizationId: ctx.actor.organizationId,
    agentId,
    id: agentId,
    at: ctx.now().toISOString(),
    detail: { operation: "fork", cause },
  });
}
