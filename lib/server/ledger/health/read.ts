import type { WireHealthFinding } from "@/lib/api/memory-health";
import type { Ctx } from "../../core/core";
import { finding } from "./finding";
import type { Line } from "./lines";

type Finding = WireHealthFinding;

const MOST = 50;
const SHOWN_CHARS = 400;
/** Passages that are compared with each other and with blocks, the newest. */
const MOST_LINES = 500;

/** Passages of the agent's archives `p`, `$1`. */
const OF_AGENT = `FROM passage p JOIN agent_archive l ON l.archive_id = p.archive_id
  WHERE l.agent_id = $1 AND p.deleted_at IS NULL`;

type PassageRow = { id: string; text: string; created_at: Date };

/** Passages: as lines, those that its steps wrote, and those that no search of the agent has returned. */
export async function readPassages(ctx: Ctx, agentId: string) {
  const unread = `${OF_AGENT} AND p.id NOT IN (SELECT c->>'passageId' FROM passage_event e,
      jsonb_array_elements(e.search->'candidates') c
    WHERE e.agent_id = $1 AND e.type = 'search' AND (c->>'returned')::boolean)`;
  const [newest, [counts], never, written] = await Promise.all([
    ctx.db.query<PassageRow>(`SELECT p.id, p.text, p.created_at ${OF_AGENT} ORDER BY p.seq DESC LIMIT ${MOST_LINES}`, [
      agentId,
    ]),
    ctx.db.query<{ all: number; unread: number }>(
      `SELECT (SELECT count(*)::int ${OF_AGENT}) AS all, (SELECT count(*)::int ${unread}) AS unread`,
      [agentId],
    ),
    ctx.db.query<PassageRow>(
      `SELECT p.id, left(p.text, ${SHOWN_CHARS}) AS text, p.created_at ${unread} ORDER BY p.seq LIMIT ${MOST}`,
      [agentId],
    ),
    ctx.db.query<PassageRow & { step_id: string }>(
      `SELECT p.id, left(p.text, ${SHOWN_CHARS}) AS text, e.step_id, p.created_at FROM passage_event e
         JOIN passage p ON p.id = e.passage_id
       WHERE e.agent_id = $1 AND e.type = 'insert' AND e.step_id IS NOT NULL AND p.deleted_at IS NULL ORDER BY e.seq DESC
       LIMIT ${MOST_LINES}`,
      [agentId],
    ),
  ]);
  const lines = newest
    .filter(({ text }) => text.length <= SHOWN_CHARS)
    .map(({ id, text }): Line => ({ text, blockId: null, label: null, line: null, passageId: id }));
  return {
    lines,
    written,
    count: counts!.all,
    unreadCount: counts!.unread,
    unread: never.map(({ id, text, created_at }) =>
      finding({
        kind: "never-read",
        text,
        detail: "No search of the agent has returned it",
        passage_id: id,
        created_at: created_at.toISOString(),
      }),
    ),
  };
}

type VersionRow = {
  id: string;
  block_id: string;
  label: string;
  number: number;
  operation: string;
  step_id: string | null;
  created_at: Date;
  undone_by: number | null;
};

/** Versions that changed nothing but blanks, case or the order of lines, and versions that somebody took back. */
export async function readRewrites(ctx: Ctx, blockIds: readonly string[]): Promise<Finding[]> {
  const squeezed = (value: string) =>
    `(SELECT string_agg(l, ' ' ORDER BY l) FROM unnest(string_to_array(lower(${value}), E'\\n')) u, LATERAL (SELECT btrim(regexp_replace(u, '\\s+', ' ', 'g')) AS l) x WHERE l <> '')`;
  const columns = "v.id, v.block_id, v.label, v.number, v.operation, v.step_id, v.created_at";
  const [same, undone] = await Promise.all([
    ctx.db.query<VersionRow>(
      `SELECT ${columns}, NULL::int AS undone_by FROM block_version v JOIN block_version p ON p.id = v.parent_id
       WHERE v.block_id = ANY($1::text[]) AND v.value <> p.value AND v.label = p.label
         AND abs(length(v.value) - length(p.value)) < 200 AND ${squeezed("v.value")} IS NOT DISTINCT FROM ${squeezed("p.value")}
       ORDER BY v.seq DESC LIMIT ${MOST}`,
      [blockIds],
    ),
    ctx.db.query<VersionRow>(
      `SELECT ${columns}, r.number AS undone_by FROM block_version r JOIN block_version v ON v.block_id = r.block_id
         AND CASE r.operation WHEN 'undo' THEN v.id = r.cause->>'target' ELSE v.number = r.number - 1 END
       WHERE r.block_id = ANY($1::text[]) AND r.cause->>'kind' = 'revert' AND r.operation IN ('undo', 'revert')
       ORDER BY r.seq DESC LIMIT ${MOST}`,
      [blockIds],
    ),
  ]);
  const told = (kind: "changed-nothing" | "reverted", row: VersionRow, detail: string) =>
    finding({
      kind,
      text: `${row.label} v${row.number} by ${row.operation}`,
      detail,
      block_id: row.block_id,
      label: row.label,
      version_id: row.id,
      step_id: row.step_id,
      created_at: row.created_at.toISOString(),
    });
  return [
    ...same.map((row) => told("changed-nothing", row, "Only blanks, case or the order of lines changed")),
    ...undone.map((row) => told("reverted", row, `Taken back by version ${row.undone_by}`)),
  ];
}

/** A block that is younger has had no time to change. */
const FEWEST_STEPS = 20;

type UnchangedRow = { id: string; label: string; value: string; created_at: Date; steps: number };

/** Blocks whose text is what it was when they were made, though the agent has taken many steps since. */
export async function readUnchanged(ctx: Ctx, agentId: string, blockIds: readonly string[]): Promise<Finding[]> {
  const rows = await ctx.db.query<UnchangedRow>(
    `SELECT * FROM (SELECT b.id, h.label, left(h.value, ${SHOWN_CHARS}) AS value, b.created_at,
         (SELECT count(*)::int FROM step s WHERE s.agent_id = $2 AND s.created_at > b.created_at) AS steps
       FROM block b JOIN block_version h ON h.id = b.head_version_id
       WHERE b.id = ANY($1::text[]) AND NOT h.read_only
         AND NOT EXISTS (SELECT 1 FROM block_version v WHERE v.block_id = b.id AND v.value <> h.value)) one
     WHERE steps >= ${FEWEST_STEPS}`,
    [blockIds, agentId],
  );
  return rows.map(({ id, label, value, created_at, steps }) =>
    finding({
      kind: "never-changed",
      text: value || "(empty)",
      detail: `The same since it was made, ${steps} steps ago`,
      block_id: id,
      label,
      created_at: created_at.toISOString(),
    }),
  );
}

/** Searches of the agent that returned nothing. */
export async function readEmptySearches(ctx: Ctx, agentId: string) {
  const empty = "NOT coalesce(e.search->'candidates' @> '[{\"returned\": true}]', false)";
  const [[counts], rows] = await Promise.all([
    ctx.db.query<{ all: number; empty: number }>(
      `SELECT count(*)::int AS all, (count(*) FILTER (WHERE ${empty}))::int AS empty FROM passage_event e
       WHERE e.agent_id = $1 AND e.type = 'search'`,
      [agentId],
    ),
    ctx.db.query<{ query: string | null; step_id: string | null; created_at: Date }>(
      `SELECT e.search->>'query' AS query, e.step_id, e.created_at FROM passage_event e
       WHERE e.agent_id = $1 AND e.type = 'search' AND ${empty} ORDER BY e.seq DESC LIMIT ${MOST}`,
      [agentId],
    ),
  ]);
  return {
    count: counts!.all,
    emptyCount: counts!.empty,
    empty: rows.map(({ query, step_id, created_at }) =>
      finding({
        kind: "empty-search",
        text: query || "(no words)",
        detail: "Found nothing",
        step_id,
        created_at: created_at.toISOString(),
      }),
    ),
  };
}
