import type { HealthKind, WireHealthFinding, WireMemoryHealth } from "@/lib/api/memory-health";
import { HEALTH_KINDS } from "@/lib/api/memory-health";
import { getAgentRow } from "../../agent-config/agent-row";
import { blameBlock } from "../../blocks/blame-block";
import type { Ctx } from "../../core/core";
import { finding } from "./finding";
import { contradictionsOf, duplicatesOf, type Group, type Line } from "./lines";
import { readEmptySearches, readPassages, readRewrites, readUnchanged } from "./read";
import { laterCalls, sourcesOf } from "./taint";

type Finding = WireHealthFinding;
type Block = { id: string; label: string; value: string; limit_chars: number; head_version_id: string };

/** Of each kind, so many are told; how many there are is told besides. */
const MOST_TOLD = 50;
const FULL = 0.9;

/**
 * What is doubtful in an agent's memory now, and in how it came about. Nothing is changed, and nothing is asked of a model:
 * whether two lines contradict each other, or a line is to be believed, is for a person to say.
 *
 * @throws ApiError `not-found`.
 */
export async function memoryHealth(ctx: Ctx, agentId: string): Promise<WireMemoryHealth> {
  await getAgentRow(ctx, agentId);
  const blocks = await ctx.db.query<Block>(
    `SELECT b.id, v.label, v.value, v.limit_chars, b.head_version_id FROM agent_block l JOIN block b ON b.id = l.block_id
       JOIN block_version v ON v.id = b.head_version_id
     WHERE l.agent_id = $1 AND b.deleted_at IS NULL ORDER BY l.position`,
    [agentId],
  );
  const passages = await readPassages(ctx, agentId);
  const lines: Line[] = [
    ...blocks.flatMap((block) =>
      block.value
        .split("\n")
        .flatMap((text, index) =>
          text.trim() === "" ? [] : [{ text, blockId: block.id, label: block.label, line: index + 1, passageId: null }],
        ),
    ),
    ...passages.lines,
  ];
  const blockIds = blocks.map(({ id }) => id);
  const searches = await readEmptySearches(ctx, agentId);
  const found = [
    ...(await taintedLines(ctx, agentId, blocks)),
    ...(await taintedPassages(ctx, passages.written)),
    ...(await contradictionsOf(lines)).map((group) => ofGroup("contradiction", group)),
    ...duplicatesOf(lines).map((group) => ofGroup("duplicate", group)),
    ...blocks.flatMap(fullness),
    ...(await readRewrites(ctx, blockIds)),
    ...(await readUnchanged(ctx, agentId, blockIds)),
    ...passages.unread,
    ...searches.empty,
  ];
  const counts = Object.fromEntries(HEALTH_KINDS.map((kind) => [kind, 0])) as Record<HealthKind, number>;
  const findings = found.filter(({ kind }) => ++counts[kind] <= MOST_TOLD);
  counts["never-read"] = passages.unreadCount;
  counts["empty-search"] = searches.emptyCount;
  const looked_at = {
    blocks: blocks.length,
    lines: lines.filter(({ blockId }) => blockId !== null).length,
    passages: passages.count,
    searches: searches.count,
  };
  return { agent_id: agentId, counts, findings, looked_at };
}

const toPlace = ({ text, blockId, label, line, passageId }: Line) => ({
  text,
  block_id: blockId,
  label,
  line,
  passage_id: passageId,
});

function ofGroup(kind: HealthKind, { lines: [first, ...others], detail }: Group): Finding {
  return finding({ kind, detail, ...toPlace(first!), others: others.map(toPlace) });
}

function fullness({ id, label, value, limit_chars: limit }: Block): Finding[] {
  if (value.length < FULL * limit) return [];
  const share = Math.round((100 * value.length) / limit);
  const detail = `${value.length.toLocaleString("en")} of ${limit.toLocaleString("en")} characters (${share} %)`;
  return [finding({ kind: "full", text: label, detail, block_id: id, label })];
}

const describeSources = (sources: Finding["sources"]) => {
  const kinds = [...new Set(sources.map(({ kind, name }) => (kind === "another agent" ? kind : `${kind} (${name})`)))];
  return `Written after its run had read: ${kinds.join(", ")}`;
};

/** Lines of blocks of which a part was written by a step whose run had read something untrusted before. */
async function taintedLines(ctx: Ctx, agentId: string, blocks: readonly Block[]): Promise<Finding[]> {
  const written: (Line & { stepId: string; versionId: string; since: number; at: string })[] = [];
  for (const block of blocks) {
    const { segments } = await blameBlock(ctx, block.id, block.head_version_id);
    const texts = block.value.split("\n");
    const told = new Set<string>();
    let line = 0;
    for (const segment of segments) {
      const pieces = segment.text.split("\n");
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) line++;
        const stepId = segment.cause.step;
        const key = `${line}:${stepId}`;
        if (!stepId || piece.trim() === "" || told.has(key)) continue;
        told.add(key);
        written.push({
          text: texts[line] ?? piece,
          blockId: block.id,
          label: block.label,
          line: line + 1,
          passageId: null,
          stepId,
          versionId: segment.version_id,
          since: segment.block_id === block.id ? segment.number : 1,
          at: segment.created_at,
        });
      }
    }
  }
  const sources = await sourcesOf(ctx, [...new Set(written.map(({ stepId }) => stepId))]);
  const tainted = written.filter(({ stepId }) => sources.has(stepId));
  const later = new Map<string, Awaited<ReturnType<typeof laterCalls>>>();
  const findings: Finding[] = [];
  for (const one of tainted) {
    const key = `${one.blockId}:${one.since}`;
    if (!later.has(key) && findings.length < MOST_TOLD)
      later.set(key, await laterCalls(ctx, agentId, one.blockId!, one.since));
    const from = sources.get(one.stepId)!;
    findings.push(
      finding({
        kind: "tainted",
        detail: describeSources(from),
        ...toPlace(one),
        version_id: one.versionId,
        step_id: one.stepId,
        created_at: one.at,
        sources: from,
        ...later.get(key),
      }),
    );
  }
  return findings;
}

type Written = { id: string; text: string; step_id: string; created_at: Date };

async function taintedPassages(ctx: Ctx, written: readonly Written[]): Promise<Finding[]> {
  const sources = await sourcesOf(ctx, [...new Set(written.map(({ step_id }) => step_id))]);
  return written.flatMap(({ id, text, step_id, created_at }) => {
    const from = sources.get(step_id);
    if (!from) return [];
    return [
      finding({
        kind: "tainted",
        text,
        detail: describeSources(from),
        passage_id: id,
        step_id,
        created_at: created_at.toISOString(),
        sources: from,
      }),
    ];
  });
}
