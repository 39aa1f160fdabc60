import type { z } from "@hono/zod-openapi";
import { createAgentBody } from "@/lib/api/agents";
import type { forkBody } from "@/lib/api/ledger";
import type { Cause } from "@/lib/engine/cause";
import type { Message } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { changeAgent } from "../agent-config/agent-versions";
import { createAgent } from "../agents/create-agent";
import { insertConversation, type NewMessage } from "../conversations/first-messages";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import { transact } from "../db/transact";
import { openAsCompiled } from "../folders/directories";
import { shareImages } from "../images/images";
import { lockFolders } from "../links/folder-links";
import { startRun } from "../run/start";
import { readStateAt, type StateAt } from "./state";

const MAX_NAME_CHARS = 200;

export type Fork = z.output<typeof forkBody>;
export type Forked = { agent_id: string; conversation_id: string; run_id: string | null };

/**
 * A new agent (with copies of blocks and messages) or a new conversation whose state is exactly as of a step, but for
 * what is changed on purpose. With another `message`, that message takes the place of the last one of the user and the
 * agent is run on it.
 *
 * @throws ApiError 400 for a change that the fork can't have.
 */
export async function forkStep(ctx: Ctx, stepId: string, fork: Fork): Promise<Forked> {
  const state = await readStateAt(ctx, stepId, fork.moment);
  const cause: Cause = { kind: "fork", actor: ctx.actor.userId, step: stepId, target: stepId };
  const messages = keptMessages(state.messages, fork.changes?.message != null);
  const target =
    fork.into === "agent"
      ? await forkAgent(ctx, state, fork, messages, cause)
      : await forkConversation(ctx, state, fork, messages);
  return { ...target, run_id: await sayInstead(ctx, target.conversation_id, fork.changes?.message ?? null) };
}

/** The messages that the fork begins with; without the last word of the user and what follows it, if it is replaced. */
function keptMessages(messages: readonly Message[], replaceLast: boolean): NewMessage[] {
  const last = replaceLast ? messages.findLastIndex((message) => message.role === "user") : -1;
  if (replaceLast && last < 0) throw badRequest("INVALID_ARGUMENT: there is no message of the user to replace");
  return (replaceLast ? messages.slice(0, last) : messages).map((message) => ({
    role: message.role,
    parts: message.parts,
    name: message.name,
    senderId: message.senderId,
    groupId: message.groupId,
    model: message.model,
    isErr: message.isErr,
    createdAt: message.createdAt,
    copiedFromId: message.id,
  }));
}

async function forkAgent(ctx: Ctx, state: StateAt, fork: Fork, messages: NewMessage[], cause: Cause) {
  const source = await getAgentRow(ctx, state.step.agent_id);
  const { config } = state.agentVersion;
  const changes = fork.changes ?? {};
  const dropped = await toolIdsOf(ctx, changes.drop_tools ?? []);
  const unknown = Object.keys(changes.blocks ?? {}).find(
    (label) => !state.blocks.some((block) => block.label === label),
  );
  if (unknown) throw badRequest(`INVALID_ARGUMENT: there was no block with the label '${unknown}'`);
  const present = await toolsStillThere(ctx, config.toolIds);
  const body = createAgentBody.parse({
    agent_type: config.agentType,
    system: changes.system ?? config.system,
    model: changes.model ?? config.model,
    include_base_tools: false,
    include_base_tool_rules: false,
    tool_ids: present.filter((id) => !dropped.includes(id)),
    memory_blocks: state.blocks.map((block) => ({
      label: block.label,
      value: changes.blocks?.[block.label] ?? block.value,
      description: block.description,
      limit: block.limitChars,
      read_only: block.readOnly,
      metadata: block.metadata,
    })),
    timezone: config.timezone,
  });
  // The source may have a name by which no agent could be created.
  const name = fork.name ?? `${source.name.slice(0, MAX_NAME_CHARS)} fork`;
  const agentId = await createAgent(ctx, { ...body, name }, { cause, messages });
  await shareImages(ctx.db, source.id, agentId);
  let folderIds: string[] = [];
  await changeAgent(ctx, agentId, {
    operation: "fork",
    cause,
    before: async (sql) => {
      folderIds = await lockFolders(ctx, sql, config.folderIds ?? []);
    },
    change: (made) => ({ ...inherited(config, made, changes), folderIds }),
    after: (sql) => openAsCompiled(sql, agentId, state.step.compile_id),
  });
  await ctx.db.prisma.agent.update({
    where: { id: agentId },
    data: { forkedFromStepId: state.step.id, description: source.description },
  });
  const row = await getAgentRow(ctx, agentId);
  return { agent_id: agentId, conversation_id: row.defaultConversationId };
}

/** The source's configuration with what belongs to the fork: its own blocks and tools, and what was changed. */
function inherited(source: AgentConfig, made: AgentConfig, changes: NonNullable<Fork["changes"]>): AgentConfig {
  return {
    ...source,
    system: made.system,
    model: made.model,
    modelSettings: changes.model ? made.modelSettings : source.modelSettings,
    toolIds: made.toolIds,
    blockIds: made.blockIds,
    toolRules: source.toolRules.filter((rule) => !changes.drop_tools?.includes(rule.tool_name)),
  };
}

async function toolIdsOf(ctx: Ctx, names: readonly string[]): Promise<string[]> {
  const rows = await ctx.db.prisma.tool.findMany({
    where: { organizationId: ctx.actor.organizationId, name: { in: [...names] } },
  });
  return rows.map((row) => row.id);
}

/** A tool that was deleted since can't be had again; the fork goes on without it. */
async function toolsStillThere(ctx: Ctx, ids: readonly string[]): Promise<string[]> {
  const rows = await ctx.db.prisma.tool.findMany({ where: { id: { in: [...ids] } }, select: { id: true } });
  const known = new Set(rows.map((row) => row.id));
  return ids.filter((id) => known.has(id));
}

async function forkConversation(ctx: Ctx, state: StateAt, fork: Fork, messages: NewMessage[]) {
  const { blocks, system, drop_tools: dropped, model } = fork.changes ?? {};
  if (blocks || system || dropped) {
    throw badRequest(
      "INVALID_ARGUMENT: blocks, system and tools belong to the agent: fork into a new agent to change them",
    );
  }
  const conversationId = newId("conv");
  await transact(ctx, (sql) =>
    insertConversation(ctx, sql, {
      agentId: state.step.agent_id,
      conversationId,
      isDefault: false,
      messages,
      columns: { summary: fork.name ?? "Fork", ...(model ? { model } : {}) },
    }),
  );
  await ctx.db.prisma.conversation.update({ where: { id: conversationId }, data: { forkedFromStepId: state.step.id } });
  return { agent_id: state.step.agent_id, conversation_id: conversationId };
}

async function sayInstead(ctx: Ctx, conversationId: string, message: string | null): Promise<string | null> {
  if (message === null) return null;
  const started = await startRun(ctx, {
    target: { conversationId },
    inputs: [{ type: "message", role: "user", content: message }],
    maxSteps: 50,
    tokens: true,
    background: true,
    compactionItems: true,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "fork",
    requestConfig: {},
    callbackUrl: null,
  });
  return "run" in started ? started.run.id : started.existingRunId;
}
