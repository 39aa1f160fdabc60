import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentConfig } from "../agent-config/agent-row";
import { copyBlocksAt } from "../blocks/copy-blocks";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import { transact } from "../db/transact";
import { pastSeq, requireLabels, tokensAt, versionsShown } from "./fork-agent";
import { copyMessages, insertForkedConversation } from "./fork-messages";
import { copyPrompt, promptAt } from "./fork-prompt";
import type { Forked, Forking } from "./forking";
import type { StateAt } from "./state";

/**
 * A new conversation of the agent with a memory of its own, as of the step. All else is the agent's of today; `notes` say
 * what of it differs.
 *
 * @throws ApiError 400 for a change that only an agent can have.
 */
export async function forkIntoConversation(
  ctx: Ctx,
  { state, fork, kept, cause }: Forking,
): Promise<Omit<Forked, "run_id">> {
  const { step } = state;
  const changes = fork.changes ?? {};
  if (changes.system != null || changes.drop_tools?.length) {
    throw badRequest("INVALID_ARGUMENT: system and tools belong to the agent: fork into a new agent to change them");
  }
  requireLabels(state, changes.blocks ?? {});
  const agentId = step.agent_id;
  const model = changes.model ? (await ctx.models.info(ctx, changes.model)).handle : null;
  const prompt = await promptAt(ctx, step, fork.moment);
  const isChanged = model !== null || Object.keys(changes.blocks ?? {}).length > 0;
  const keepsPrompt = !prompt.isStale && !isChanged && (await isStillFresh(ctx, agentId, prompt.compileId));
  const shown = keepsPrompt ? await versionsShown(ctx, prompt.compileId) : [];
  const contextTokens = await tokensAt(ctx, state, fork);
  const conversationId = newId("conv");
  await transact(ctx, async (sql) => {
    const blocks = { agentId, heads: state.blocks, shown, values: changes.blocks ?? {}, cause };
    const { blockIds, versionOf } = await copyBlocksAt(ctx, sql, blocks);
    await insertForkedConversation(ctx, sql, {
      id: conversationId,
      agentId,
      from: step.conversation_id,
      isDefault: false,
      summary: fork.name ?? "Fork",
      model,
      forkedFromStepId: step.id,
      forkedSeq: pastSeq(state, fork),
      contextTokens,
      ownBlockIds: blockIds,
    });
    await copyMessages(ctx, sql, { from: step.conversation_id, agentId, conversationId, kept });
    if (!keepsPrompt) return;
    const owner = { agentId, conversationId, isDefault: false, agentVersionId: null, versionOf };
    await copyPrompt(sql, prompt.compileId, owner, cause);
  });
  return { agent_id: agentId, conversation_id: conversationId, notes: await differencesOf(ctx, state) };
}

/** Whether nothing that a prompt is made of has changed since it was rendered. */
async function isStillFresh(ctx: Ctx, agentId: string, compileId: string): Promise<boolean> {
  const [row] = await ctx.db.query<{ fresh: boolean }>(
    `SELECT coalesce(c.epoch = a.compile_epoch, false) AS fresh FROM compile c, agent a WHERE c.id = $2 AND a.id = $1`,
    [agentId, compileId],
  );
  return row?.fresh ?? false;
}

const NAMES: [string, (config: AgentConfig) => unknown][] = [
  ["the system prompt is", (config) => config.system],
  ["the model is", (config) => config.model],
  ["the model's settings are", (config) => [config.modelSettings, config.llm]],
  ["the tools are", (config) => config.toolIds],
  ["the tool rules are", (config) => config.toolRules],
  ["the folders are", (config) => config.folderIds ?? []],
];

/** What is today's in the conversation, and was something else as of the step. */
async function differencesOf(ctx: Ctx, { agentVersion, bound, archives }: StateAt): Promise<string[]> {
  const now = await getAgentConfig(ctx, bound.agentId);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  const changed = NAMES.filter(([, of]) => !isDeepStrictEqual(plain(of(agentVersion.config)), plain(of(now)))).map(
    ([name]) => `${name} today's`,
  );
  const [archival] = await ctx.db.query<{ moved: boolean }>(
    `SELECT EXISTS (SELECT FROM passage_event WHERE seq > $2 AND type <> 'search' AND archive_id = ANY($3::text[]))
       OR EXISTS (SELECT FROM resource_event WHERE agent_id = $1 AND resource = 'archive' AND seq > $2) AS moved`,
    [bound.agentId, bound.seq, archives.map((archive) => archive.id)],
  );
  return archival?.moved ? [...changed, "the archival memory is today's"] : changed;
}
