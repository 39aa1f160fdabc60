import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { getConstructionPlans } from "pg-boss";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SentStatement, sentStatements, type ValueKind } from "../testing/statements";
import { makeImage } from "./database";

/**
 * Statements that are put together from what only a running server knows, by file. They are tried where they are tested;
 * one that is added here must be, too.
 */
const MADE_AT_RUN_TIME: Record<string, number> = {
  "backup/restore.ts": 7,
  "backup/tables.ts": 1,
  "erasure/acts.ts": 1,
  "erasure/carriers.ts": 2,
  "erasure/kept.ts": 2,
  "jobs/create-queue.ts": 3,
  "ledger/timeline-steps.ts": 1,
  "ledger/timeline.ts": 1,
  "records/version-line.ts": 1,
  "run/internal-runs.ts": 1,
  "run/run-summaries.ts": 1,
  "run/usage.ts": 1,
  "search/kept-vectors.ts": 1,
  "search/search-index.ts": 2,
  "search/search-vectors.ts": 4,
  "search/vector-bytes.ts": 1,
  "usage/read-tools.ts": 1,
  "usage/read-usage.ts": 1,
  "usage/roll-up.ts": 2,
};

/** What the driver makes of a column's type, by its OID; `any` is JSON. */
const KINDS: Record<number, ValueKind> = {
  16: "boolean",
  17: "bytes",
  19: "string",
  20: "number",
  21: "number",
  23: "number",
  25: "string",
  114: "any",
  700: "number",
  701: "number",
  1005: "list",
  1007: "list",
  1009: "list",
  1015: "list",
  1016: "list",
  1042: "string",
  1043: "string",
  1082: "date",
  1184: "date",
  2950: "string",
  3802: "any",
};

const ROOT = path.resolve(import.meta.dirname, "../../..");
let statements: SentStatement[];
let lite: PGlite;
beforeAll(async () => {
  statements = sentStatements(ROOT);
  const image = await makeImage(path.join(ROOT, "prisma/migrations"));
  lite = await PGlite.create({ loadDataDir: image, extensions: { vector } });
  await lite.exec(getConstructionPlans("pgboss"));
}, 120_000);
afterAll(() => lite?.close());

test("every statement that is sent can be prepared, has the columns that its place believes in, and gets its parameters", async () => {
  const problems: string[] = [];
  for (const statement of statements) {
    for (const text of statement.texts) problems.push(...(await problemsOf(statement, text)));
  }
  expect(problems).toEqual([]);
}, 120_000);

test("only named places send what can't be read from the source", () => {
  const found: Record<string, number> = {};
  for (const { place, texts } of statements) {
    const file = place.slice("lib/server/".length, place.lastIndexOf(":"));
    if (texts.length === 0 && !file.startsWith("db/")) found[file] = (found[file] ?? 0) + 1;
  }
  expect(found).toEqual(MADE_AT_RUN_TIME);
});

async function problemsOf({ place, columns, params }: SentStatement, text: string): Promise<string[]> {
  const described = await lite.describeQuery(text).catch((error: Error) => error.message);
  if (typeof described === "string") return [`${place}: ${described}`];
  // What a cursor brings is its query's, which is prepared where it is declared.
  if (text.startsWith("FETCH ")) return [];
  const problems: string[] = [];
  const { length } = described.queryParams;
  if (params && params.length !== length) problems.push(`${place}: given ${params.length} parameters for ${length}`);
  for (const [index, { dataTypeID }] of described.queryParams.entries()) {
    const problem = params?.[index] && paramProblem(params[index], KINDS[dataTypeID]);
    if (problem) problems.push(`${place}: $${index + 1} ${problem}`);
  }
  const oids = new Map(described.resultFields.map(({ name, dataTypeID }) => [name, dataTypeID]));
  for (const [name, kinds] of Object.entries(columns ?? {})) {
    const oid = oids.get(name);
    const kind = oid === undefined ? "not there" : (KINDS[oid] ?? `of type ${oid}`);
    const isRight = kind === "any" || [...kinds].every((one) => one === "any" || one === "null" || one === kind);
    if (!isRight) problems.push(`${place}: ${name} is ${kind}, and not ${[...kinds].join(" or ")}`);
  }
  return problems;
}

/** Texts are cast to anything; a list or a Date must be meant where one is given, and the other way round. */
function paramProblem(given: ReadonlySet<ValueKind>, kind: ValueKind | undefined): string | null {
  const wrong = [...given].filter((one) => {
    if (one === "any" || one === "null" || kind === undefined || kind === "any") return false;
    return (one === "list") !== (kind === "list") || one === "object" || (one === "boolean") !== (kind === "boolean");
  });
  return wrong.length > 0 ? `is ${kind}, and given ${wrong.join(" or ")}` : null;
}
