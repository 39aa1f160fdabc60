import { AGENT_TYPES } from "@/lib/engine/agent-types";
import type { Cause } from "@/lib/engine/cause";
import type { Block } from "@/lib/engine/memory";
import type { CompiledPrompt } from "@/lib/engine/ports";
import { compileSections } from "@/lib/engine/render";
import type { Section } from "@/lib/engine/section";
import { describeRules } from "@/lib/engine/tool-rules";
import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql, Statement } from "../db/database";
import {
  readDirectories,
  type ShownDirectories,
  sealDirectories,
  toDirectories,
  unsealDirectories,
} from "../folders/directories";
import { type Sealed, type SealedSection, sealSections } from "../records/sections";

/** All that a system prompt is made of. Kept by id and count, so that it can be rendered again, the same. */
export type CompileInputs = {
  agentId: string;
  conversationId: string;
  isDefault: boolean;
  agentVersionId: string;
  config: AgentConfig;
  blocks: Block[];
  recallCount: number;
  archivalCount: number;
  archivalTags: string[];
  lineNumbers: boolean;
  /** Attached folders with their files; null for none. */
  directories: ShownDirectories | null;
  /** ISO 8601, UTC. */
  compiledAt: string;
};

/** Renders a system prompt. The same inputs give the same sections, byte for byte. */
export function renderSections(inputs: CompileInputs): Section[] {
  const type = AGENT_TYPES[inputs.config.agentType];
  return compileSections({
    system: inputs.config.system,
    memoryBlocks: type.memoryBlocks,
    lineNumbers: inputs.lineNumbers,
    blocks: inputs.blocks,
    toolRuleLines: describeRules(inputs.config.toolRules),
    agentVersionId: inputs.agentVersionId,
    ...(inputs.directories ? { directories: toDirectories(inputs.directories) } : {}),
    metadata: {
      agentId: inputs.agentId,
      conversationId: inputs.isDefault ? "default" : inputs.conversationId,
      compiledAt: inputs.compiledAt,
      timezone: inputs.config.timezone,
      recallCount: inputs.recallCount,
      archivalCount: inputs.archivalCount,
      archivalTags: inputs.archivalTags,
    },
  });
}

type InputsRow = {
  agent_id: string;
  is_default: boolean;
  version_id: string;
  config: AgentConfig;
  compile_epoch: number;
  model: string | null;
  blocks: Block[] | null;
  recall_count: number;
  archival_count: number;
  archival_tags: string[] | null;
  has_folders: boolean;
};

/**
 * Blocks as the engine has them, of a conversation `c` of an agent `a`, in order of attachment: a block that the
 * conversation has for itself stands in the place of the agent's block of its label. A conversation that owns its memory
 * has its own blocks alone.
 */
export const BLOCKS_OF_CONVERSATION = `(SELECT jsonb_agg(jsonb_build_object('id', x.id, 'versionId', v.id, 'label', v.label,
    'value', v.value, 'description', v.description, 'limitChars', v.limit_chars, 'readOnly', v.read_only, 'writePolicy', v.write_policy) ORDER BY x.position, x.id)
  FROM (SELECT ab.position, coalesce(own.id, b.id) AS id, coalesce(own.head_version_id, b.head_version_id) AS head_version_id
      FROM agent_block ab JOIN block b ON b.id = ab.block_id AND b.deleted_at IS NULL
        JOIN block_version bv ON bv.id = b.head_version_id
        LEFT JOIN LATERAL (SELECT ib.id, ib.head_version_id FROM block ib JOIN block_version iv ON iv.id = ib.head_version_id
          WHERE ib.id = ANY(c.isolated_block_ids) AND ib.deleted_at IS NULL AND iv.label = bv.label LIMIT 1) own
          ON cardinality(c.isolated_block_ids) > 0
      WHERE ab.agent_id = a.id AND NOT c.owns_memory
    UNION ALL SELECT o.n::int, b.id, b.head_version_id FROM unnest(c.isolated_block_ids) WITH ORDINALITY AS o(id, n)
        JOIN block b ON b.id = o.id AND b.deleted_at IS NULL
      WHERE c.owns_memory) x JOIN block_version v ON v.id = x.head_version_id)`;

const READ_INPUTS: Statement = {
  name: "compile-inputs",
  text: `
SELECT a.id AS agent_id, c.is_default, av.id AS version_id, av.config, a.compile_epoch, c.model,
  ${BLOCKS_OF_CONVERSATION} AS blocks,
  (SELECT coalesce(sum(next_seq - 1), 0)::int FROM conversation WHERE agent_id = a.id AND deleted_at IS NULL) AS recall_count,
  (SELECT count(*)::int FROM passage p JOIN agent_archive aa ON aa.archive_id = p.archive_id
    WHERE aa.agent_id = a.id AND p.deleted_at IS NULL) AS archival_count,
  (SELECT array_agg(DISTINCT t ORDER BY t) FROM passage p JOIN agent_archive aa ON aa.archive_id = p.archive_id, unnest(p.tags) t
    WHERE aa.agent_id = a.id AND p.deleted_at IS NULL) AS archival_tags,
  EXISTS (SELECT 1 FROM agent_folder WHERE agent_id = a.id) AS has_folders
FROM conversation c JOIN agent a ON a.id = c.agent_id JOIN agent_version av ON av.id = a.version_id
WHERE c.id = $1`,
};

/** What a conversation's prompt would be made of now. Models are asked: not for a transaction. */
export async function readCompileInputs(
  ctx: Ctx,
  sql: Sql,
  conversationId: string,
): Promise<CompileInputs & { epoch: number }> {
  const [row] = await sql.query<InputsRow>(READ_INPUTS, [conversationId]);
  if (!row) throw new Error(`conversation ${conversationId} is gone`);
  const handle = row.model ?? row.config.model;
  return {
    agentId: row.agent_id,
    conversationId,
    isDefault: row.is_default,
    agentVersionId: row.version_id,
    config: row.config,
    blocks: row.blocks ?? [],
    recallCount: row.recall_count,
    archivalCount: row.archival_count,
    archivalTags: row.archival_tags ?? [],
    lineNumbers: showsLineNumbers(row.config, handle),
    directories: row.has_folders ? await readDirectories(ctx, sql, row.agent_id, row.config) : null,
    compiledAt: ctx.now().toISOString(),
    epoch: row.compile_epoch,
  };
}

/** Only Anthropic's models are shown line numbers, and only by types that edit by line (letta-v1 §3.2). */
function showsLineNumbers(config: AgentConfig, handle: string): boolean {
  return AGENT_TYPES[config.agentType].lineNumbers && handle.startsWith("anthropic/");
}

/** A prompt in force, and what it weighs. */
export type Compiled = CompiledPrompt & { blockVersionIds: string[]; tokens: number };

/** Renders a conversation's prompt from what is stored now, keeps it with its inputs, and puts it in force. */
export async function compileConversation(
  ctx: Ctx,
  conversationId: string,
  cause: Cause,
  sql: Sql = ctx.db,
): Promise<Compiled> {
  const inputs = await readCompileInputs(ctx, sql, conversationId);
  const sections = renderSections(inputs);
  const sealed = sealSections(sections);
  const compileId = newId("compile");
  const blockVersionIds = inputs.blocks.map((block) => block.versionId);
  const shown = inputs.directories && sealDirectories(inputs.directories);
  await sql.query(KEEP_COMPILE, [
    compileId,
    ctx.actor.organizationId,
    inputs.agentId,
    conversationId,
    inputs.agentVersionId,
    blockVersionIds,
    inputs.recallCount,
    inputs.archivalCount,
    inputs.archivalTags,
    inputs.lineNumbers,
    inputs.compiledAt,
    sealed.listHash,
    sealed.tokens,
    JSON.stringify(cause),
    JSON.stringify([...sealed.blobs, ...(shown?.blobs ?? [])]),
    inputs.epoch,
    shown?.hash ?? null,
  ]);
  return { compileId, sections, blockVersionIds, tokens: sealed.tokens };
}

const KEEP_COMPILE: Statement = {
  name: "compile-keep",
  text: `
WITH head AS (UPDATE conversation SET compile_id = $1, compile_epoch = $16 WHERE id = $4 RETURNING id),
  texts AS (INSERT INTO blob (agent_id, hash, text)
    SELECT DISTINCT ON (x.hash) $3, x.hash, x.text FROM head, jsonb_to_recordset($15::jsonb) AS x(hash text, text text)
    ON CONFLICT DO NOTHING)
INSERT INTO compile (id, organization_id, agent_id, conversation_id, agent_version_id, block_version_ids,
    recall_count, archival_count, archival_tags, line_numbers, compiled_at, sections_hash, tokens, cause, directories_hash, epoch)
  SELECT $1, $2, $3, $4, $5, $6::text[], $7::int, $8::int, $9::text[], $10::boolean, $11::timestamptz, $12, $13::int,
    $14::jsonb, $17, $16 FROM head`,
};

/** Reads a compile's sections back, with their texts. */
export async function loadCompiled(sql: Sql, compileId: string): Promise<Compiled> {
  const rows = await sql.query<{
    list: string;
    block_version_ids: string[];
    tokens: number;
    texts: Record<string, string>;
  }>(
    `SELECT lb.text AS list, c.block_version_ids, c.tokens,
       (SELECT jsonb_object_agg(b.hash, b.text) FROM blob b WHERE b.agent_id = c.agent_id
          AND b.hash IN (SELECT s->>'hash' FROM jsonb_array_elements(lb.text::jsonb) s)) AS texts
     FROM compile c JOIN blob lb ON lb.agent_id = c.agent_id AND lb.hash = c.sections_hash WHERE c.id = $1`,
    [compileId],
  );
  const [row] = rows;
  if (!row) throw new Error(`compile ${compileId} is gone`);
  return {
    compileId,
    sections: unseal(JSON.parse(row.list) as SealedSection[], row.texts ?? {}),
    blockVersionIds: row.block_version_ids,
    tokens: row.tokens,
  };
}

export function unseal(list: readonly SealedSection[], texts: Record<string, string>): Section[] {
  return list.map(({ kind, label, source, hash }) => ({ kind, label, source, text: texts[hash] ?? "" }));
}

/** The compile's inputs as they were recorded: rendering them again must give the hashes that were kept (law 1). */
export async function recordedInputs(sql: Sql, compileId: string): Promise<CompileInputs> {
  const [row] = await sql.query<Record<string, never>>(
    `SELECT c.*, cv.is_default, av.config,
       (SELECT jsonb_agg(jsonb_build_object('id', v.block_id, 'versionId', v.id, 'label', v.label, 'value', v.value,
          'description', v.description, 'limitChars', v.limit_chars, 'readOnly', v.read_only) ORDER BY o.n)
        FROM unnest(c.block_version_ids) WITH ORDINALITY o(id, n) JOIN block_version v ON v.id = o.id) AS blocks
     FROM compile c JOIN agent_version av ON av.id = c.agent_version_id JOIN conversation cv ON cv.id = c.conversation_id
     WHERE c.id = $1`,
    [compileId],
  );
  if (!row) throw new Error(`compile ${compileId} is gone`);
  const kept = row as unknown as {
    agent_id: string;
    conversation_id: string;
    is_default: boolean;
    agent_version_id: string;
    config: AgentConfig;
    blocks: Block[] | null;
    recall_count: number;
    archival_count: number;
    archival_tags: string[];
    line_numbers: boolean;
    directories_hash: string | null;
    compiled_at: Date;
  };
  return {
    agentId: kept.agent_id,
    conversationId: kept.conversation_id,
    isDefault: kept.is_default,
    agentVersionId: kept.agent_version_id,
    config: kept.config,
    blocks: kept.blocks ?? [],
    recallCount: kept.recall_count,
    archivalCount: kept.archival_count,
    archivalTags: kept.archival_tags,
    lineNumbers: kept.line_numbers,
    directories: await unsealDirectories(sql, kept.agent_id, kept.directories_hash),
    compiledAt: kept.compiled_at.toISOString(),
  };
}

export type { Sealed };
