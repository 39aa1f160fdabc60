import type { Cause } from "@/lib/engine/cause";
import type { Section, SectionSource } from "@/lib/engine/section";
import { loadCompiled } from "../conversations/compile";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { sealDirectories } from "../folders/directories";
import { sealSections } from "../records/sections";
import type { StepRow } from "../run/steps";
import type { Moment } from "./moment";
import { directoriesOf } from "./state-folders";

/** The prompt that a moment of a step leaves in force. */
export type PromptAt = {
  compileId: string;
  /** What it was made of has changed by then: the next run would render it anew. */
  isStale: boolean;
};

/** Which prompt was in force. In compiles of older versions nothing says that they were stale, and they count as fresh. */
export async function promptAt(ctx: Ctx, step: StepRow, moment: Moment): Promise<PromptAt> {
  const [row] = await ctx.db.query<{ id: string; is_stale: boolean }>(moment === "before" ? BEFORE : AFTER, [step.id]);
  return row ? { compileId: row.id, isStale: row.is_stale } : { compileId: step.compile_id, isStale: false };
}

// A run begins with a fresh prompt; within it, the step before may have changed what it is made of.
const BEFORE = `
SELECT c.id, coalesce(before.compile_epoch > c.epoch, false) AS is_stale FROM step s JOIN compile c ON c.id = s.compile_id
  LEFT JOIN step before ON before.run_id = s.run_id AND before.position = s.position - 1
WHERE s.id = $1`;

// What a step does may have the prompt rendered at once, after it was kept and before the step that comes next.
const AFTER = `
SELECT c.id, coalesce(s.compile_epoch > c.epoch, false) AS is_stale FROM step s JOIN compile c ON c.id = s.compile_id
  OR (c.conversation_id = s.conversation_id AND c.seq > s.seq AND c.cause->>'run' = s.run_id AND c.cause->>'kind' <> 'compaction'
    AND c.seq < coalesce((SELECT min(n.seq) FROM step n WHERE n.conversation_id = s.conversation_id AND n.agent_id = s.agent_id
      AND n.seq > s.seq), 9223372036854775807))
WHERE s.id = $1 ORDER BY c.seq DESC LIMIT 1`;

export type PromptOwner = {
  agentId: string;
  conversationId: string;
  isDefault: boolean;
  /** Null for what the prompt names. */
  agentVersionId: string | null;
  /** What each block version that the prompt shows became. */
  versionOf: ReadonlyMap<string, { id: string; blockId: string }>;
};

type CompileRow = {
  agent_id: string;
  conversation_id: string;
  is_default: boolean;
  agent_version_id: string;
  block_version_ids: string[];
};

/**
 * Puts a recorded prompt in force in a conversation of a fork: byte for byte what it was, with the fork's own ids in place
 * of the original's.
 */
export async function copyPrompt(sql: Sql, compileId: string, owner: PromptOwner, cause: Cause) {
  const [row] = await sql.query<CompileRow>(
    `SELECT c.agent_id, c.conversation_id, cv.is_default, c.agent_version_id, c.block_version_ids
     FROM compile c JOIN conversation cv ON cv.id = c.conversation_id WHERE c.id = $1`,
    [compileId],
  );
  if (!row) return;
  const { sections } = await loadCompiled(sql, compileId);
  const sealed = sealSections(sections.map((section) => renamed(section, row, owner)));
  const directories = await directoriesOf(sql, compileId);
  const shown = directories && sealDirectories(directories);
  await sql.query(COPY_COMPILE, [
    compileId,
    newId("compile"),
    owner.agentId,
    owner.conversationId,
    owner.agentVersionId ?? row.agent_version_id,
    row.block_version_ids.flatMap((id) => owner.versionOf.get(id)?.id ?? []),
    sealed.listHash,
    JSON.stringify(cause),
    JSON.stringify([...sealed.blobs, ...(shown?.blobs ?? [])]),
  ]);
}

const COPY_COMPILE = `
WITH owner AS (SELECT compile_epoch AS epoch FROM agent WHERE id = $3),
  head AS (UPDATE conversation SET compile_id = $2, compile_epoch = owner.epoch FROM owner WHERE id = $4),
  texts AS (INSERT INTO blob (agent_id, hash, text)
    SELECT DISTINCT ON (x.hash) $3, x.hash, x.text FROM jsonb_to_recordset($9::jsonb) AS x(hash text, text text)
    ON CONFLICT DO NOTHING)
INSERT INTO compile (id, organization_id, agent_id, conversation_id, agent_version_id, block_version_ids, recall_count,
    archival_count, archival_tags, line_numbers, directories_hash, compiled_at, sections_hash, tokens, cause, epoch)
  SELECT $2, organization_id, $3, $4, $5, $6::text[], recall_count, archival_count, archival_tags, line_numbers,
    directories_hash, compiled_at, $7, tokens, $8::jsonb, owner.epoch
  FROM compile, owner WHERE id = $1`;

function renamed(section: Section, from: CompileRow, owner: PromptOwner): Section {
  const source = renamedSource(section.source, owner);
  if (section.kind !== "metadata") return { ...section, source };
  const nameOf = (isDefault: boolean, conversationId: string) => (isDefault ? "default" : conversationId);
  const lines: [string, string][] = [
    [`- AGENT_ID: ${from.agent_id}`, `- AGENT_ID: ${owner.agentId}`],
    [
      `- CONVERSATION_ID: ${nameOf(from.is_default, from.conversation_id)}`,
      `- CONVERSATION_ID: ${nameOf(owner.isDefault, owner.conversationId)}`,
    ],
  ];
  const text = section.text
    .split("\n")
    .map((line) => lines.find(([was]) => was === line)?.[1] ?? line)
    .join("\n");
  return { ...section, source, text };
}

function renamedSource(source: SectionSource, owner: PromptOwner): SectionSource {
  if (source.type === "agent-version") return { ...source, id: owner.agentVersionId ?? source.id };
  if (source.type !== "block-version") return source;
  const copy = owner.versionOf.get(source.id);
  return copy ? { ...source, ...copy } : source;
}
