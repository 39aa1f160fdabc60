import type { KNOWLEDGE_ENDPOINTS } from "@/lib/api/knowledge";
import type { LEDGER_ENDPOINTS } from "@/lib/api/ledger";
import type { RECORDED_SEARCH_ENDPOINTS } from "@/lib/api/recorded-searches";
import { renderPrompt } from "@/lib/engine/render";
import { getAgentRow } from "../agent-config/agent-row";
import { compileConversation, readCompileInputs, renderSections } from "../conversations/compile";
import { resolveConversation } from "../conversations/conversations";
import { apiCause, type Ctx } from "../core/core";
import { liveContext, stepContext } from "../ledger/context";
import { diffContexts } from "../ledger/diff";
import { forkStep } from "../ledger/fork";
import { readKnowledge } from "../ledger/knowledge/knowledge";
import { contextOverview } from "../ledger/overview";
import { listRecordedSearches } from "../ledger/recorded-searches";
import { agentStateAt } from "../ledger/state";
import { readTimeline } from "../ledger/timeline";
import type { Target } from "../run/load";
import { usageOfAgent } from "../run/usage";
import type { Handlers } from "./bind";
import { eventStream } from "./events";

async function targetOf(ctx: Ctx, agentId: string, conversationId: string | null | undefined): Promise<Target> {
  if (!conversationId) return { agentId };
  return { conversationId: (await resolveConversation(ctx, conversationId, agentId)).id };
}

/** The prompt as it would be now; put in force, with its time, unless it is only a rehearsal. */
export async function recompile(ctx: Ctx, conversationId: string, dryRun: boolean): Promise<string> {
  if (dryRun) return renderPrompt(renderSections(await readCompileInputs(ctx, ctx.db, conversationId)));
  return renderPrompt((await compileConversation(ctx, conversationId, apiCause(ctx))).sections);
}

export const LEDGER_HANDLERS: Handlers<typeof LEDGER_ENDPOINTS> = {
  "agents.timeline": ({ ctx, params, query }) => readTimeline(ctx, params.agent_id, query),
  "agents.usage": async ({ ctx, params }) => {
    await getAgentRow(ctx, params.agent_id);
    return usageOfAgent(ctx, params.agent_id);
  },
  "agents.state": ({ ctx, params, query }) => agentStateAt(ctx, params.agent_id, query),
  "steps.context": ({ ctx, params }) => stepContext(ctx, params.step_id),
  "steps.context.diff": ({ ctx, params, query }) => diffContexts(ctx, query.with, params.step_id),
  "steps.fork": ({ ctx, params, body }) => forkStep(ctx, params.step_id, body),
  "events.stream": ({ ctx, query, request }) => eventStream(ctx, query.agent_id ?? null, request.signal),
  "agents.context": async ({ ctx, params, query }) =>
    contextOverview(ctx, await targetOf(ctx, params.agent_id, query.conversation_id)),
  "agents.context.sections": async ({ ctx, params, query }) =>
    (await liveContext(ctx, await targetOf(ctx, params.agent_id, query.conversation_id))).context,
  "agents.recompile": async ({ ctx, params, query }) =>
    recompile(ctx, (await getAgentRow(ctx, params.agent_id)).defaultConversationId, query.dry_run),
  "conversations.recompile": async ({ ctx, params, query, body }) =>
    recompile(ctx, (await resolveConversation(ctx, params.conversation_id, body.agent_id)).id, query.dry_run),
};

export const KNOWLEDGE_HANDLERS: Handlers<typeof KNOWLEDGE_ENDPOINTS> = {
  "agents.knowledge": ({ ctx, params, query }) => readKnowledge(ctx, params.agent_id, query),
};

export const RECORDED_SEARCH_HANDLERS: Handlers<typeof RECORDED_SEARCH_ENDPOINTS> = {
  "steps.searches.list": ({ ctx, params }) => listRecordedSearches(ctx, params.step_id),
};
