import Papa from "papaparse";
import readExcelFile from "read-excel-file/universal";
import { decodeBytes } from "../../../core/decode";

/** Of a spreadsheet's cell: dates are ISO 8601 texts. */
export type Value = string | number | boolean | null;
export type Row = Record<string, Value>;
export type Table = { columns: string[]; rows: Row[] };

/** A file as it is kept; a spreadsheet may have several sheets. */
export type TableSource = { name: string; bytes: Uint8Array; sheet: string | null };

/** Why a table can't be read or made, in words for the model. */
export class TableError extends Error {}

const MOST_ROWS = 200_000;
const MOST_COLUMNS = 500;
const MOST_UNPACKED = 64 * 1024 * 1024;

/** The table in a file: a sheet of an .xlsx, a CSV or TSV with a header, a JSON list of objects, or JSON by lines. */
export async function readTable({ name, bytes, sheet }: TableSource): Promise<Table> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readSheet(name, bytes, sheet);
  const text = decodeBytes(bytes);
  if (text === null) throw new TableError(`'${name}' is neither a spreadsheet (.xlsx) nor text.`);
  if (/^\s*[[{]/u.test(text)) return readJson(name, text);
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: "greedy" });
  const broken = errors.find((error) => error.type === "Quotes");
  if (broken) throw new TableError(`'${name}' is no CSV that can be read: ${broken.message} in row ${broken.row}.`);
  return fromRows(name, data, typed);
}

async function readSheet(name: string, bytes: Uint8Array, wanted: string | null): Promise<Table> {
  if (unpackedBytes(bytes) > MOST_UNPACKED) {
    throw new TableError(`'${name}' unpacks to more than ${MOST_UNPACKED} bytes.`);
  }
  const copy = new Uint8Array(bytes).buffer;
  const sheets = await readExcelFile(copy).catch((error: Error) => {
    throw new TableError(`'${name}' is no spreadsheet (.xlsx) that can be read: ${error.message.slice(0, 200)}`);
  });
  const names = sheets.map((one) => one.sheet).join(", ");
  const found = wanted === null ? sheets[0] : sheets.find((one) => one.sheet === wanted);
  if (!found) throw new TableError(`'${name}' has no sheet '${wanted}'. It has: ${names}.`);
  return fromRows(name, found.data as unknown[][], cell);
}

function fromRows(name: string, given: readonly unknown[][], read: (cell: unknown) => Value): Table {
  const [header, ...body] = given;
  if (!header) throw new TableError(`'${name}' is empty.`);
  if (header.length > MOST_COLUMNS) throw new TableError(`'${name}' has more than ${MOST_COLUMNS} columns.`);
  if (body.length > MOST_ROWS)
    throw new TableError(`'${name}' has ${body.length} rows, and ${MOST_ROWS} are the limit.`);
  const columns = unique(header.map((one, index) => String(one ?? "").trim() || `column ${index + 1}`));
  const rows = body
    .filter((row) => row.some((one) => one !== null && one !== ""))
    .map((row) => Object.fromEntries(columns.map((column, index) => [column, read(row[index])])));
  return { columns, rows };
}

function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} ${times}`;
  });
}

function readJson(name: string, text: string): Table {
  const list = parsed(text) ?? lines(text);
  if (!list) throw new TableError(`'${name}' is JSON, but no list of objects, and no objects by lines.`);
  if (list.length > MOST_ROWS)
    throw new TableError(`'${name}' has ${list.length} rows, and ${MOST_ROWS} are the limit.`);
  const columns = new Set<string>();
  for (const row of list) for (const key of Object.keys(row)) columns.add(key);
  if (columns.size > MOST_COLUMNS) throw new TableError(`'${name}' has more than ${MOST_COLUMNS} columns.`);
  const names = [...columns];
  return { columns: names, rows: list.map((row) => Object.fromEntries(names.map((key) => [key, cell(row[key])]))) };
}

type Objects = Record<string, unknown>[];

/** A list of objects, or the one such list in an object. */
function parsed(text: string): Objects | null {
  try {
    const value: unknown = JSON.parse(text);
    if (isObjects(value)) return value;
    const lists = value && typeof value === "object" ? Object.values(value).filter(isObjects) : [];
    return lists.length === 1 ? lists[0]! : null;
  } catch {
    return null;
  }
}

function lines(text: string): Objects | null {
  try {
    const list: unknown = text.split(/\r?\n/u).flatMap((line) => (line.trim() ? [JSON.parse(line)] : []));
    return isObjects(list) ? list : null;
  } catch {
    return null;
  }
}

const isObjects = (value: unknown): value is Objects =>
  Array.isArray(value) && value.every((one) => one !== null && typeof one === "object" && !Array.isArray(one));

function cell(value: unknown): Value {
  if (value === null || value === undefined || value === "") return null;
  if (value instanceof Date) {
    const iso = value.toISOString();
    return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : iso;
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/iu;
/** Numbers that begin with zeros are names: of places, of articles. */
const NAME = /^0\d/u;

function typed(value: unknown): Value {
  const text = String(value ?? "").trim();
  if (text === "") return null;
  if (NUMBER.test(text) && !NAME.test(text)) return Number(text);
  return /^(true|false)$/iu.test(text) ? text.toLowerCase() === "true" : text;
}

const ENTRY = 0x02014b50;
const END = 0x06054b50;

/** What the entries of an archive say that they unpack to, together. */
function unpackedBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) return 0;
  let total = 0;
  for (let at = view.getUint32(end + 16, true); at + 46 <= bytes.length && view.getUint32(at, true) === ENTRY; ) {
    total += view.getUint32(at + 24, true);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return total;
}
