import Papa from "papaparse";
import { type Chart, drawChart } from "./chart";
import { aggregate, type Join, joinTables, median, type Query, queryTable } from "./query-table";
import { rasterize } from "./rasterize";
import { readTable, type Table, TableError, type TableSource } from "./read-table";

/** A call of `data_processing`, with the files that it reads. */
export type TableTask = {
  source: TableSource;
  join: (Join & { source: TableSource }) | null;
  query: Query;
  act:
    | { type: "summary" }
    | { type: "query"; save: "csv" | "json" | null }
    | { type: "chart"; chart: Chart; format: "png" | "svg" };
};

export type TableResult =
  | { refused: string }
  | { text: string; saved: string | null; image: { format: "png" | "svg"; bytes: Uint8Array } | null };

const MOST_SHOWN = 100;
const MOST_CHARS = 30_000;
const CELL_CHARS = 200;

/** Reads a table, works on it, and says what came of it. */
export async function workOnTable({ source, join, query, act }: TableTask): Promise<TableResult> {
  try {
    let table = await readTable(source);
    if (join) table = joinTables(table, await readTable(join.source), join);
    table = queryTable(table, query);
    if (act.type === "summary") return { text: summaryOf(table), saved: null, image: null };
    if (act.type === "query") {
      return {
        text: shown(table),
        saved: act.save && (act.save === "csv" ? csvOf(table) : jsonOf(table)),
        image: null,
      };
    }
    const svg = drawChart(table, act.chart);
    const bytes = act.format === "svg" ? new TextEncoder().encode(svg) : await rasterize(svg);
    return { text: `${count(table.rows.length, "row")} drawn.`, saved: null, image: { format: act.format, bytes } };
  } catch (error) {
    if (error instanceof TableError) return { refused: error.message };
    throw error;
  }
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** Rows as a table in Markdown, as many as fit. */
function shown(table: Table): string {
  const head = [`| ${table.columns.map(cell).join(" | ")} |`, `|${table.columns.map(() => "---").join("|")}|`];
  const lines: string[] = [];
  let chars = 0;
  for (const row of table.rows.slice(0, MOST_SHOWN)) {
    const line = `| ${table.columns.map((column) => cell(row[column] ?? "")).join(" | ")} |`;
    chars += line.length;
    if (chars > MOST_CHARS) break;
    lines.push(line);
  }
  const more = table.rows.length - lines.length;
  const note = more > 0 ? [`… and ${count(more, "more row")}. Filter, group, or save them as a file.`] : [];
  return [
    `${count(table.rows.length, "row")}, ${count(table.columns.length, "column")}:`,
    ...head,
    ...lines,
    ...note,
  ].join("\n");
}

function cell(value: unknown): string {
  const text = String(value)
    .replaceAll("|", "\\|")
    .replaceAll(/\s*[\r\n]+\s*/gu, " ");
  return text.length > CELL_CHARS ? `${text.slice(0, CELL_CHARS)}…` : text;
}

/** A spreadsheet program would run what begins so: such a text is kept from it by a quote. */
const FORMULA = /^[=+\-@\t\r]/u;

function csvOf({ columns, rows }: Table): string {
  const safe = (value: unknown) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);
  const data = rows.map((row) => columns.map((column) => safe(row[column] ?? "")));
  return `${Papa.unparse({ fields: columns.map((column) => String(safe(column))), data }, { newline: "\n" })}\n`;
}

const jsonOf = ({ rows }: Table) => `${JSON.stringify(rows, null, 1)}\n`;

const MOST_VALUES = 5;

/** What is in each column. */
function summaryOf({ columns, rows }: Table): string {
  const lines = columns.map((column) => {
    const values = rows.map((row) => row[column] ?? null).filter((value) => value !== null);
    const empty = rows.length - values.length;
    const gaps = empty > 0 ? `, ${empty} empty` : "";
    const numbers = values.filter((value) => typeof value === "number");
    if (values.length > 0 && numbers.length === values.length) {
      const of = (name: string) => aggregate({ function: name, column }, rows);
      return `- ${column}: numbers from ${of("min")} to ${of("max")}, mean ${of("mean")}, median ${median(numbers)}, sum ${of("sum")}${gaps}`;
    }
    const times = new Map<string, number>();
    for (const value of values) times.set(String(value), (times.get(String(value)) ?? 0) + 1);
    const often = [...times].sort((a, b) => b[1] - a[1]).slice(0, MOST_VALUES);
    const said = often.map(([value, n]) => `${cell(value)} (${n})`).join(", ");
    return `- ${column}: ${count(times.size, "different value")}${said ? `, most often ${said}` : ""}${gaps}`;
  });
  return [`${count(rows.length, "row")}, ${count(columns.length, "column")}:`, ...lines].join("\n");
}

declare module "../../../threads/threads" {
  interface Tasks {
    table: { input: TableTask; value: TableResult };
  }
}
