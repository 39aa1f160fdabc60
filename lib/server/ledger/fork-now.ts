import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { apiCause, type Ctx } from "../core/core";
import type { BlockVersionModel } from "../db/generated/models";
import { toMessage } from "../records/message-rows";
import { closed, type Ranges } from "../records/ranges";
import { getStep } from "../run/steps";
import { archivesAt, identitiesAt } from "./attached";
import { forkAgent } from "./fork-agent";
import { keptMessages } from "./fork-messages";
import type { Fork, Forked } from "./forking";
import type { StateAt } from "./state";
import { foldersAt } from "./state-folders";
import { messagesInRanges } from "./step-request";

/**
 * A new agent whose state is exactly what another one's is now, in its own conversation: also what was changed since its
 * last step. Null for an agent that has taken no step there: nothing says what its past would be a fork of.
 *
 * @throws ApiError `not-found`; 400 for a change that the fork can't have.
 */
export async function forkNow(ctx: Ctx, agentId: string, fork: Fork): Promise<Forked | null> {
  const state = await readStateNow(ctx, agentId);
  if (!state) return null;
  const kept = keptMessages(state);
  const cause: Cause = { ...apiCause(ctx), kind: "fork", step: state.step.id, target: state.step.id };
  return { ...(await forkAgent(ctx, { state, fork, kept, cause })), run_id: null };
}

type Head = {
  conversation_id: string;
  context: Ranges;
  next_seq: number;
  compile_id: string | null;
  is_stale: boolean;
  context_tokens: number | null;
  step_id: string | null;
  seq: number;
  version_id: string;
  number: number;
  cause: Cause;
  config: AgentConfig;
};

async function readStateNow(ctx: Ctx, agentId: string): Promise<StateAt | null> {
  await getAgentRow(ctx, agentId);
  const [head] = await ctx.db.query<Head>(HEAD, [agentId]);
  if (!head?.step_id || !head.compile_id) return null;
  const step = await getStep(ctx, head.step_id);
  const bound = { agentId, seq: Number(head.seq), at: ctx.now(), messageSeq: head.next_seq - 1 };
  // The system message stands at place 0, and is no message of a fork.
  const ranges = closed(head.context, head.next_seq).map((range): [number, number] => [
    Math.max(range[0], 1),
    range[1]!,
  ]);
  const rows = await messagesInRanges(
    ctx,
    head.conversation_id,
    ranges.filter(([from, to]) => from <= to),
  );
  return {
    step,
    bound,
    agentVersion: { id: head.version_id, number: head.number, cause: head.cause, config: head.config },
    blocks: await blocksNow(ctx, agentId),
    messages: rows.map(toMessage),
    seqs: rows.map((row) => row.seq),
    tools: [],
    archives: await archivesAt(ctx.db, bound),
    folders: await foldersAt(ctx.db, step, head.config, bound),
    identities: await identitiesAt(ctx.db, bound),
    now: {
      prompt: { compileId: head.compile_id, isStale: head.is_stale },
      contextTokens: head.context_tokens,
    },
  };
}

const HEAD = `
SELECT c.id AS conversation_id, c.context, c.next_seq, c.compile_id, a.compile_epoch > c.compile_epoch AS is_stale, c.context_tokens,
  (SELECT s.id FROM step s WHERE s.agent_id = a.id AND s.conversation_id = c.id ORDER BY s.seq DESC LIMIT 1) AS step_id,
  ledger_next() AS seq, v.id AS version_id, v.number, v.cause, v.config
FROM agent a JOIN conversation c ON c.id = a.default_conversation_id JOIN agent_version v ON v.id = a.version_id
WHERE a.id = $1`;

async function blocksNow(ctx: Ctx, agentId: string): Promise<BlockVersionModel[]> {
  const links = await ctx.db.prisma.agentBlock.findMany({
    where: { agentId, block: { deletedAt: null } },
    orderBy: [{ position: "asc" }, { blockId: "asc" }],
    select: { block: { select: { head: true } } },
  });
  return links.map(({ block }) => block.head);
}
