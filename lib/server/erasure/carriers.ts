import type { Part } from "@/lib/stream/message";
import type { Sql } from "../db/database";
import { storableJson } from "../db/json";
import { othersTurn } from "../db/others-turn";
import { type PackedEvent, unpackEvents } from "../records/cassette";
import type { Eraser } from "./eraser";

type Form = "text" | "json" | "parts" | "cassette";
type Carrier = { table: string; columns: Record<string, Form>; marks: string; runId?: string };

/**
 * Columns that carry what was said elsewhere, of agents' records: what an erasure looks through for copies. `marks` is what
 * is said to have been erased from: the record, or the step that it belongs to. What is memory (blocks, passages, files)
 * or a setting is none of them: that is erased by its name.
 */
export const CARRIERS: readonly Carrier[] = [
  { table: "message", columns: { parts: "parts" }, marks: "ARRAY[id, step_id]", runId: "run_id" },
  {
    table: "tool_call",
    columns: { arguments: "text", stdout: "json", stderr: "json" },
    marks: "ARRAY[step_id]",
    runId: "run_id",
  },
  {
    table: "model_call",
    columns: { response: "cassette", error: "json" },
    marks: "ARRAY[step_id]",
    runId: "run_id",
  },
  {
    table: "run",
    columns: { request: "json", metadata: "json", error: "json", callback_error: "text" },
    marks: "ARRAY[id]",
    runId: "id",
  },
  { table: "step", columns: { error: "json" }, marks: "ARRAY[id]", runId: "run_id" },
  { table: "compaction", columns: { summary: "text" }, marks: "ARRAY[id, step_id]", runId: "run_id" },
  {
    table: "memory_proposal",
    columns: { value: "text", description: "text", reason: "text" },
    marks: "ARRAY[id, step_id]",
    runId: "run_id",
  },
  { table: "passage_event", columns: { search: "json" }, marks: "ARRAY[step_id]" },
  { table: "batch_item", columns: { request: "json", error: "text" }, marks: "ARRAY[]::text[]" },
  { table: "conversation", columns: { summary: "text", description: "text" }, marks: "ARRAY[]::text[]" },
];

/**
 * Records that something was taken from, each with the agent that it is of; runs of which they are; and messages that say
 * something else now, with their places in the index.
 */
export type Touched = { records: Map<string, string | null>; runIds: Set<string>; messages: Map<string, number> };

const AT_ONCE = 100;

type Row = Record<string, unknown> & { id: string; marks: (string | null)[]; run_id: string | null; doc?: number };

/** Takes copies out of all that agents' records carry, with others' turns of the event loop between. */
export async function eraseFromCarriers(
  sql: Sql,
  agentId: string,
  eraser: Eraser,
  touched: Touched,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  if (eraser.isIdle) return counts;
  for (const carrier of CARRIERS) {
    const ids = await sql.query<{ id: string }>(`SELECT id FROM ${carrier.table} WHERE agent_id = $1 ORDER BY id`, [
      agentId,
    ]);
    let changed = 0;
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const slice = ids.slice(start, start + AT_ONCE).map((row) => row.id);
      changed += await eraseSlice(sql, carrier, slice, { agentId, eraser, touched });
    }
    if (changed > 0) counts[carrier.table] = changed;
  }
  return counts;
}

async function eraseSlice(
  sql: Sql,
  carrier: Carrier,
  ids: readonly string[],
  { agentId, eraser, touched }: { agentId: string; eraser: Eraser; touched: Touched },
): Promise<number> {
  const { table, columns, marks, runId } = carrier;
  const names = Object.keys(columns);
  const doc = table === "message" ? ", ledger_seq AS doc" : "";
  const rows = await sql.query<Row>(
    `SELECT id, ${names.join(", ")}, ${marks} AS marks, ${runId ?? "NULL"} AS run_id${doc} FROM ${table} WHERE id = ANY($1::text[])`,
    [ids],
  );
  const changed: Record<string, unknown>[] = [];
  for (const row of rows) {
    const erased = names.map((name) => [name, eraseValue(row[name], columns[name]!, eraser)] as const);
    if (erased.every(([name, value]) => value === row[name])) continue;
    changed.push({ id: row.id, ...Object.fromEntries(erased) });
    for (const id of row.marks) if (id) touched.records.set(id, agentId);
    if (row.run_id) touched.runIds.add(row.run_id);
    if (row.doc !== undefined) touched.messages.set(row.id, row.doc);
    await othersTurn();
  }
  await writeRows(sql, carrier, changed);
  await othersTurn();
  return changed.length;
}

async function writeRows(sql: Sql, { table, columns }: Carrier, rows: readonly Record<string, unknown>[]) {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const typed = names.map((name) => `${name} ${columns[name] === "text" ? "text" : "jsonb"}`);
  const set = names.map((name) => `${name} = ${columns[name] === "text" ? `x.${name}` : `nullif(x.${name}, 'null')`}`);
  await sql.query(
    `UPDATE ${table} t SET ${set.join(", ")} FROM jsonb_to_recordset($1::jsonb) AS x(id text, ${typed.join(", ")}) WHERE t.id = x.id`,
    [storableJson(rows)],
  );
}

function eraseValue(value: unknown, form: Form, eraser: Eraser): unknown {
  if (value === null || value === undefined) return value;
  if (form === "parts") return Array.isArray(value) ? eraser.parts(value as Part[]) : value;
  if (form === "cassette") return Array.isArray(value) && says(value as PackedEvent[], eraser) ? [] : value;
  if (form === "text") return eraser.json(value);
  return eraser.json(value);
}

/** A cassette is kept as a whole or not at all: what it says is cut into the pieces in which it came. */
function says(response: readonly PackedEvent[], eraser: Eraser): boolean {
  const whole = new Map<string, string>();
  const rest: unknown[] = [];
  for (const event of unpackEvents(response)) {
    if (event.type === "text" || event.type === "reasoning")
      whole.set(event.type, (whole.get(event.type) ?? "") + event.text);
    else if (event.type === "tool-call-arguments")
      whole.set(`call ${event.id}`, (whole.get(`call ${event.id}`) ?? "") + event.text);
    else rest.push(event);
  }
  const texts = [...whole.values()];
  return texts.some((text) => eraser.json(text) !== text) || eraser.json(rest) !== rest;
}
