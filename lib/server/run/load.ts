import { AGENT_TYPES, type AgentType } from "@/lib/engine/agent-types";
import type { Block } from "@/lib/engine/memory";
import type { Decision } from "@/lib/engine/review-notice";
import type { Message } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import type { ToolRow } from "../calls/resolve";
import { BLOCKS_OF_CONVERSATION, type Compiled, compileConversation, loadCompiled } from "../conversations/compile";
import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Statement } from "../db/database";
import { type MessageRow, READ_TRANSCRIPT, toMessage } from "../records/message-rows";
import type { Ranges } from "../records/ranges";

/** Which conversation: by its id, or the default one of an agent. */
export type Target = { conversationId: string } | { agentId: string };

/** A conversation with all that a run of it starts from. */
export type Loaded = {
  agentId: string;
  agentName: string;
  agentVersionId: string;
  config: AgentConfig;
  type: AgentType;
  conversationId: string;
  isDefault: boolean;
  model: string | null;
  modelSettings: Record<string, unknown> | null;
  contextWindowLimit: number | null;
  context: Ranges;
  /** Of messages that no compaction takes out of context. */
  keptSeqs: number[];
  nextSeq: number;
  contextTokens: number | null;
  compileId: string | null;
  isStale: boolean;
  activeRunId: string | null;
  blocks: Block[];
  /** What became of the agent's proposals, where it was not told yet. */
  decided: (Decision & { id: string })[];
  tools: ToolRow[];
  transcript: Message[];
  seqOf: Map<string, number>;
};

type LoadedRow = {
  agent_id: string;
  name: string;
  version_id: string;
  config: AgentConfig;
  compile_epoch: number;
  conversation_id: string;
  is_default: boolean;
  model: string | null;
  model_settings: Record<string, unknown> | null;
  context_window_limit: number | null;
  context: Ranges;
  kept_seqs: number[] | null;
  next_seq: number;
  context_tokens: number | null;
  compile_id: string | null;
  compiled_epoch: number;
  active_run_id: string | null;
  blocks: Block[] | null;
  decided: Loaded["decided"] | null;
  tools: ToolRow[] | null;
};

const LOAD: Statement = {
  name: "run-load",
  text: `
SELECT a.id AS agent_id, a.name, a.version_id, av.config, a.compile_epoch, c.id AS conversation_id, c.is_default, c.model,
  c.model_settings, c.context_window_limit, c.context, c.kept_seqs, c.next_seq, c.context_tokens, c.compile_id,
  c.compile_epoch AS compiled_epoch, (SELECT id FROM run WHERE active_key = c.id) AS active_run_id,
  ${BLOCKS_OF_CONVERSATION} AS blocks,
  (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'status', p.status, 'label', v.label, 'operation', p.operation,
      'proposedAt', p.created_at, 'reason', p.reason) ORDER BY p.decided_seq)
    FROM memory_proposal p JOIN block_version v ON v.id = p.base_version_id
    WHERE p.conversation_id = c.id AND p.status <> 'pending' AND p.told_run_id IS NULL) AS decided,
  (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'toolType', t.tool_type, 'description', t.description,
      'jsonSchema', t.json_schema, 'returnCharLimit', t.return_char_limit, 'parallel', t.enable_parallel_execution)
      ORDER BY at.position, at.tool_id)
    FROM agent_tool at JOIN tool t ON t.id = at.tool_id WHERE at.agent_id = a.id) AS tools
FROM conversation c JOIN agent a ON a.id = c.agent_id JOIN agent_version av ON av.id = a.version_id
WHERE c.id = coalesce($2, (SELECT default_conversation_id FROM agent WHERE id = $3)) AND c.organization_id = $1
  AND c.deleted_at IS NULL`,
};

const ATTEMPTS = 5;

/** @throws ApiError `not-found` for an unknown agent or conversation. */
export async function loadConversation(ctx: Ctx, target: Target): Promise<Loaded> {
  const [conversationId, agentId] = "agentId" in target ? [null, target.agentId] : [target.conversationId, null];
  for (let attempt = 1; ; attempt++) {
    const which = [ctx.actor.organizationId, conversationId, agentId];
    const [[row], rows] = await Promise.all([
      ctx.db.query<LoadedRow>(LOAD, which),
      ctx.db.query<MessageRow & { next_seq: number }>(READ_TRANSCRIPT, which),
    ]);
    if (!row) throw agentId ? notFound("agent", agentId) : notFound("conversation", conversationId ?? "");
    // The two reads are of one moment, unless a run wrote in between.
    const moved = rows.length > 0 && rows[0]!.next_seq !== row.next_seq;
    if (!moved || attempt === ATTEMPTS) return toLoaded(row, rows);
  }
}

function toLoaded(row: LoadedRow, rows: MessageRow[]): Loaded {
  return {
    agentId: row.agent_id,
    agentName: row.name,
    agentVersionId: row.version_id,
    config: row.config,
    type: AGENT_TYPES[row.config.agentType],
    conversationId: row.conversation_id,
    isDefault: row.is_default,
    model: row.model,
    modelSettings: row.model_settings,
    contextWindowLimit: row.context_window_limit,
    context: row.context,
    keptSeqs: row.kept_seqs ?? [],
    nextSeq: row.next_seq,
    contextTokens: row.context_tokens,
    compileId: row.compile_id,
    isStale: row.compile_id === null || row.compiled_epoch !== row.compile_epoch,
    activeRunId: row.active_run_id,
    blocks: row.blocks ?? [],
    decided: row.decided ?? [],
    tools: row.tools ?? [],
    transcript: rows.map(toMessage),
    seqOf: new Map(rows.map((message) => [message.id, message.seq])),
  };
}

const PROMPT_CACHE_SIZE = 500;
const prompts = new Map<string, Compiled>();

/** The prompt in force, rendered anew if what it was made of has changed through the API. */
export async function promptOf(ctx: Ctx, loaded: Loaded): Promise<Compiled> {
  if (loaded.isStale) return remember(await compileConversation(ctx, loaded.conversationId, apiCause(ctx)));
  return prompts.get(loaded.compileId!) ?? remember(await loadCompiled(ctx.db, loaded.compileId!));
}

function remember(compiled: Compiled): Compiled {
  if (prompts.size >= PROMPT_CACHE_SIZE) prompts.delete(prompts.keys().next().value!);
  prompts.set(compiled.compileId, compiled);
  return compiled;
}
