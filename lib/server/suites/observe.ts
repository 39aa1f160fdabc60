import type { SuiteCheck } from "@/lib/api/suite-file";
import type { Author, Observed, ObservedBlock, ObservedTurn, ObservedWrite } from "@/lib/engine/checks/check";
import { SEARCHED } from "@/lib/engine/checks/evaluate";
import { textOf } from "@/lib/stream/message";
import { blameBlock } from "../blocks/blame-block";
import type { Ctx } from "../core/core";
import { type MessageRow, toMessage } from "../records/message-rows";
import { archivesOfAgent, searchPassages } from "../search/search";
import { UNPRICED } from "../usage/unpriced";

/** What an agent remembers at a moment, to be compared with what it remembers later. */
export type Memory = {
  blocks: { id: string; label: string; value: string }[];
  passages: { id: string; text: string }[];
};

const MOST_PASSAGES = 20_000;

export async function readMemory(ctx: Ctx, agentId: string): Promise<Memory> {
  const [blocks, passages] = await Promise.all([
    ctx.db.query<Memory["blocks"][number]>(
      `SELECT b.id, v.label, v.value FROM agent_block l JOIN block b ON b.id = l.block_id AND b.deleted_at IS NULL
         JOIN block_version v ON v.id = b.head_version_id WHERE l.agent_id = $1 ORDER BY l.position, b.id`,
      [agentId],
    ),
    ctx.db.query<Memory["passages"][number]>(
      `SELECT p.id, p.text FROM agent_archive l JOIN passage p ON p.archive_id = l.archive_id AND p.deleted_at IS NULL
       WHERE l.agent_id = $1 ORDER BY p.seq LIMIT ${MOST_PASSAGES}`,
      [agentId],
    ),
  ]);
  return { blocks, passages };
}

/** What was said and called in a run, and how it ended. */
export async function readTurn(ctx: Ctx, runId: string, said: string): Promise<ObservedTurn> {
  const [run] = await ctx.db.query<{ stop_reason: string | null; error: { message: string } | null }>(
    "SELECT stop_reason, error FROM run WHERE id = $1",
    [runId],
  );
  const rows = await ctx.db.query<MessageRow>(
    "SELECT * FROM message WHERE run_id = $1 AND role = 'assistant' ORDER BY seq",
    [runId],
  );
  const calls = await ctx.db.query<ObservedTurn["calls"][number]>(
    "SELECT name, arguments, status, step_id FROM tool_call WHERE run_id = $1 ORDER BY seq",
    [runId],
  );
  const [step] = await ctx.db.query<{ id: string }>(
    "SELECT id FROM step WHERE run_id = $1 ORDER BY position DESC LIMIT 1",
    [runId],
  );
  // Agents of older types speak by a tool.
  const spoken = calls.flatMap((call) => (call.name === "send_message" ? messageOf(call.arguments) : []));
  const texts = rows.map((row) => textOf(toMessage(row)));
  return {
    said,
    replies: [...texts, ...spoken].filter((text) => text.trim() !== ""),
    calls,
    run_id: runId,
    step_id: step?.id ?? null,
    stop_reason: run?.stop_reason ?? null,
    error: run ? (run.error?.message ?? null) : "The run was deleted.",
  };
}

function messageOf(args: string): string[] {
  try {
    const { message } = JSON.parse(args) as { message?: unknown };
    return typeof message === "string" ? [message] : [];
  } catch {
    return [];
  }
}

/** All that checks are asked of, as it is now. */
export async function observe(
  ctx: Ctx,
  {
    agentId,
    before,
    turns,
    checks,
  }: { agentId: string; before: Memory; turns: ObservedTurn[]; checks: readonly SuiteCheck[] },
): Promise<Observed> {
  const after = await readMemory(ctx, agentId);
  const needsAuthors = checks.some(({ memory }) => memory?.written_by !== undefined);
  const [blocks, writes, searches, context, used] = await Promise.all([
    blocksOf(ctx, before, after, needsAuthors),
    writesOf(ctx, agentId),
    searchesOf(ctx, agentId, checks),
    contextOf(ctx, agentId),
    usedBy(ctx, agentId),
  ]);
  const archive = { before: before.passages.map(({ text }) => text), after: after.passages.map(({ text }) => text) };
  return { turns, blocks, writes, archive, searches, context, used };
}

async function blocksOf(ctx: Ctx, before: Memory, after: Memory, needsAuthors: boolean): Promise<ObservedBlock[]> {
  const gone = before.blocks.filter(({ id }) => !after.blocks.some((block) => block.id === id));
  const there = after.blocks.map(async ({ id, label, value }) => ({
    label,
    before: before.blocks.find((block) => block.id === id)?.value ?? null,
    after: value,
    authors: needsAuthors ? await authorsOf(ctx, id) : [],
  }));
  return [
    ...(await Promise.all(there)),
    ...gone.map(({ label, value }) => ({ label, before: value, after: null, authors: [] })),
  ];
}

async function authorsOf(ctx: Ctx, blockId: string): Promise<ObservedBlock["authors"]> {
  const { segments } = await blameBlock(ctx, blockId, null);
  return segments.map(({ text, cause }) => ({ text, by: cause.kind as Author, step_id: cause.step ?? null }));
}

/** What the copy's own runs wrote, in order. */
async function writesOf(ctx: Ctx, agentId: string): Promise<ObservedWrite[]> {
  return ctx.db.query<ObservedWrite>(
    `SELECT label, step_id, by FROM (
       SELECT v.seq, v.label, v.step_id, v.cause->>'kind' AS by FROM block_version v JOIN step s ON s.id = v.step_id WHERE s.agent_id = $1
       UNION ALL SELECT e.seq, NULL, e.step_id, e.cause->>'kind' FROM passage_event e
         WHERE e.agent_id = $1 AND e.type <> 'search' AND e.step_id IS NOT NULL) one ORDER BY seq`,
    [agentId],
  );
}

async function searchesOf(ctx: Ctx, agentId: string, checks: readonly SuiteCheck[]): Promise<Observed["searches"]> {
  const queries = [...new Set(checks.flatMap(({ search }) => search?.query ?? []))];
  if (queries.length === 0) return {};
  const archiveIds = await archivesOfAgent(ctx, agentId);
  const found = queries.map(async (query): Promise<[string, string[]]> => {
    if (archiveIds.length === 0) return [query, []];
    const { found } = await searchPassages(ctx, {
      query,
      mode: "hybrid",
      archiveIds,
      tags: null,
      tagMatchMode: "any",
      limit: SEARCHED,
      from: null,
      to: null,
    });
    return [query, found.map(({ text }) => text)];
  });
  return Object.fromEntries(await Promise.all(found));
}

type SectionRow = { kind: string; label: string };

/** What the last step was shown. */
async function contextOf(ctx: Ctx, agentId: string): Promise<Observed["context"]> {
  const [row] = await ctx.db.query<{
    id: string;
    prompt_tokens: number | null;
    context_tokens: { total: number };
    list: string;
    has_summary: boolean;
  }>(
    `SELECT s.id, s.prompt_tokens, s.context_tokens, b.text AS list,
       EXISTS (SELECT 1 FROM jsonb_array_elements(s.context_ranges) r JOIN message m ON m.conversation_id = s.conversation_id
         AND m.role = 'summary' AND m.seq BETWEEN (r->>0)::int AND (r->>1)::int) AS has_summary
     FROM step s
       JOIN blob b ON b.agent_id = s.agent_id AND b.hash = s.context_hash
     WHERE s.agent_id = $1 ORDER BY s.seq DESC LIMIT 1`,
    [agentId],
  );
  if (!row) return null;
  const sections = JSON.parse(row.list) as SectionRow[];
  const names = [...sections.flatMap(({ kind, label }) => [kind, label]), ...(row.has_summary ? ["summary"] : [])];
  return { step_id: row.id, tokens: row.prompt_tokens ?? row.context_tokens.total, sections: [...new Set(names)] };
}

async function usedBy(ctx: Ctx, agentId: string): Promise<Observed["used"]> {
  const [row] = await ctx.db.query<{
    steps: number;
    tokens: number;
    cost: number | null;
    unpriced: number;
    seconds: number;
  }>(
    `SELECT count(*)::int AS steps, coalesce(sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)), 0)::float AS tokens,
       sum(cost)::float AS cost, ${UNPRICED} AS unpriced,
       coalesce((SELECT sum(total_duration_ns) FROM run WHERE agent_id = $1), 0)::float / 1e9 AS seconds
     FROM step WHERE agent_id = $1`,
    [agentId],
  );
  const { steps, tokens, cost, unpriced, seconds } = row!;
  return { steps, tokens, seconds, cost: steps === 0 ? 0 : unpriced === 0 ? cost : null };
}
