import { type Row, type Table, TableError, type Value } from "./read-table";

export const OPERATORS = [
  ...["=", "!=", ">", ">=", "<", "<=", "contains", "starts_with", "in", "is_empty", "is_not_empty"],
] as const;
export const FUNCTIONS = ["count", "sum", "mean", "median", "min", "max", "distinct"] as const;
export const JOINS = ["inner", "left", "outer"] as const;

export type Filter = { column: string; operator: string; value?: unknown };
export type Aggregate = { function: string; column?: string; as?: string };
export type Query = {
  filters: Filter[];
  groupBy: string[];
  aggregates: Aggregate[];
  select: string[];
  sort: { column: string; descending: boolean }[];
  limit: number | null;
};
export type Join = { how: string; left: string[]; right: string[] };

/** Filters, then groups, then selects, sorts and cuts. @throws TableError for what the table has not. */
export function queryTable(table: Table, query: Query): Table {
  let result = { ...table, rows: table.rows.filter((row) => query.filters.every((one) => passes(table, row, one))) };
  if (query.groupBy.length > 0 || query.aggregates.length > 0) result = grouped(result, query);
  if (query.sort.length > 0) result = { ...result, rows: sorted(result, query.sort) };
  if (query.limit !== null) result = { ...result, rows: result.rows.slice(0, query.limit) };
  if (query.select.length > 0) {
    for (const column of query.select) requireColumn(result, column);
    const rows = result.rows.map((row) => Object.fromEntries(query.select.map((column) => [column, row[column]!])));
    result = { columns: query.select, rows };
  }
  return result;
}

export function requireColumn(table: Table, column: string): void {
  if (table.columns.includes(column)) return;
  throw new TableError(`There is no column '${column}'. The columns are: ${table.columns.join(", ")}.`);
}

function passes(table: Table, row: Row, { column, operator, value }: Filter): boolean {
  requireColumn(table, column);
  const here = row[column] ?? null;
  switch (operator) {
    case "=":
      return same(here, value);
    case "!=":
      return !same(here, value);
    case ">":
      return here !== null && compare(here, asValue(value)) > 0;
    case ">=":
      return here !== null && compare(here, asValue(value)) >= 0;
    case "<":
      return here !== null && compare(here, asValue(value)) < 0;
    case "<=":
      return here !== null && compare(here, asValue(value)) <= 0;
    case "contains":
      return String(here ?? "")
        .toLowerCase()
        .includes(String(value ?? "").toLowerCase());
    case "starts_with":
      return String(here ?? "")
        .toLowerCase()
        .startsWith(String(value ?? "").toLowerCase());
    case "in":
      if (!Array.isArray(value)) throw new TableError("The operator 'in' takes a list of values.");
      return value.some((one) => same(here, one));
    case "is_empty":
      return here === null;
    case "is_not_empty":
      return here !== null;
    default:
      throw new TableError(`There is no operator '${operator}'. There are: ${OPERATORS.join(", ")}.`);
  }
}

const asValue = (value: unknown): Value =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;

function same(here: Value, value: unknown): boolean {
  if (typeof here === "number" && typeof value === "string" && value.trim() !== "") return here === Number(value);
  if (typeof here === "string" && typeof value === "string") return here.toLowerCase() === value.toLowerCase();
  return typeof here === typeof value ? here === value : String(here ?? "") === String(value ?? "");
}

/** Numbers by size, all else as text; nothing comes last. */
export function compare(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const [x, y] = [Number(a), Number(b)];
  if (typeof a !== "string" || typeof b !== "string") if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  const [s, t] = [String(a), String(b)];
  return s < t ? -1 : s > t ? 1 : 0;
}

function sorted(table: Table, keys: Query["sort"]): Row[] {
  for (const { column } of keys) requireColumn(table, column);
  return [...table.rows].sort((a, b) => {
    for (const { column, descending } of keys) {
      const order = compare(a[column] ?? null, b[column] ?? null);
      if (order !== 0) return descending && a[column] !== null && b[column] !== null ? -order : order;
    }
    return 0;
  });
}

function grouped(table: Table, { groupBy, aggregates }: Query): Table {
  for (const column of groupBy) requireColumn(table, column);
  const wanted = aggregates.length > 0 ? aggregates : [{ function: "count" }];
  for (const one of wanted) if (one.function !== "count" || one.column) requireColumn(table, one.column ?? "");
  const groups = new Map<string, Row[]>();
  for (const row of table.rows) {
    const key = JSON.stringify(groupBy.map((column) => row[column] ?? null));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  if (groupBy.length === 0 && groups.size === 0) groups.set("[]", []);
  const named = wanted.map((one) => ({ ...one, as: one.as ?? [one.function, one.column].filter(Boolean).join(" ") }));
  const rows = [...groups.values()].map((group) => ({
    ...Object.fromEntries(groupBy.map((column) => [column, group[0]![column]!])),
    ...Object.fromEntries(named.map((one) => [one.as, aggregate(one, group)])),
  }));
  return { columns: [...groupBy, ...named.map((one) => one.as)], rows };
}

export function aggregate(one: Aggregate, rows: readonly Row[]): Value {
  const values = one.column ? rows.map((row) => row[one.column!] ?? null).filter((value) => value !== null) : [];
  const numbers = values.filter((value) => typeof value === "number");
  const needNumbers = () => {
    if (numbers.length < values.length) {
      const text = values.find((value) => typeof value !== "number");
      throw new TableError(
        `'${one.function}' of '${one.column}' needs numbers, and it holds '${text}'. Filter it out first.`,
      );
    }
  };
  switch (one.function) {
    case "count":
      return one.column ? values.length : rows.length;
    case "distinct":
      return new Set(values).size;
    case "sum":
      needNumbers();
      return rounded(numbers.reduce((sum, value) => sum + value, 0));
    case "mean":
      needNumbers();
      return numbers.length === 0 ? null : rounded(numbers.reduce((sum, value) => sum + value, 0) / numbers.length);
    case "median":
      needNumbers();
      return median(numbers);
    case "min":
      return values.reduce<Value>(
        (least, value) => (least === null || compare(value, least) < 0 ? value : least),
        null,
      );
    case "max":
      return values.reduce<Value>((most, value) => (most === null || compare(value, most) > 0 ? value : most), null);
    default:
      throw new TableError(`There is no function '${one.function}'. There are: ${FUNCTIONS.join(", ")}.`);
  }
}

/** Without the last digits, which are of the machine and not of the data. */
const rounded = (value: number) => Number(value.toPrecision(12));

export function median(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const ordered = [...numbers].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[middle]! : rounded((ordered[middle - 1]! + ordered[middle]!) / 2);
}

const MOST_JOINED = 500_000;

/** Columns of the right table that the left has too get its name behind theirs, but for those that it is joined by. */
export function joinTables(left: Table, right: Table, { how, left: on, right: by }: Join): Table {
  if (!JOINS.includes(how as (typeof JOINS)[number]))
    throw new TableError(`A join is one of ${JOINS.join(", ")}, not '${how}'.`);
  if (on.length === 0 || on.length !== by.length)
    throw new TableError("Say by which columns to join, as many on each side.");
  for (const column of on) requireColumn(left, column);
  for (const column of by) requireColumn(right, column);
  const rest = right.columns.filter((column) => !by.includes(column));
  const renamed = new Map(rest.map((column) => [column, left.columns.includes(column) ? `${column} (right)` : column]));
  const keyOf = (row: Row, columns: readonly string[]) =>
    JSON.stringify(columns.map((column) => String(row[column] ?? "")));
  const index = new Map<string, Row[]>();
  for (const row of right.rows) {
    const key = keyOf(row, by);
    const same = index.get(key);
    if (same) same.push(row);
    else index.set(key, [row]);
  }
  const columns = [...left.columns, ...renamed.values()];
  const nothing = Object.fromEntries(columns.map((column) => [column, null]));
  const met = new Set<string>();
  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    if (rows.length > MOST_JOINED) throw new TableError(`The join has more than ${MOST_JOINED} rows. Filter first.`);
  };
  const partOf = (row: Row) => Object.fromEntries(rest.map((column) => [renamed.get(column)!, row[column]!]));
  for (const row of left.rows) {
    const key = keyOf(row, on);
    const matches = index.get(key);
    if (matches) met.add(key);
    if (matches) for (const other of matches) add({ ...row, ...partOf(other) });
    else if (how !== "inner") add({ ...nothing, ...row });
  }
  if (how === "outer") {
    for (const [key, others] of index) {
      if (met.has(key)) continue;
      for (const other of others) {
        const keys = Object.fromEntries(on.map((column, place) => [column, other[by[place]!]!]));
        add({ ...nothing, ...keys, ...partOf(other) });
      }
    }
  }
  return { columns, rows };
}
