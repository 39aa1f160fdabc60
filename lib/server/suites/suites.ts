import type { Paging } from "@/lib/api/common";
import type { SuiteCase, SuiteContent } from "@/lib/api/suite-file";
import type { WireSuite, WireSuiteWithSource } from "@/lib/api/suites";
import type { Ctx } from "../core/core";
import { ApiError, conflict } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import type { SuiteModel } from "../db/generated/models";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { inThread } from "../threads/threads";
import { deleteMade, requireOver } from "./made-agents";
import type { ReadSuite } from "./read-suite";
import { getSuite, headOf } from "./suite-rows";
import { recentRuns } from "./suite-runs";
import type { SuiteFormat } from "./write-suite";

/** A name that is taken, as Prisma and as Postgres say it. */
const TAKEN: readonly unknown[] = ["P2002", "23505"];
const VERSIONS_SHOWN = 100;

/** Reads a file, in a thread. */
export const checkSource = (ctx: Ctx, source: string): Promise<ReadSuite> =>
  inThread(ctx.actor.organizationId, "readSuite", source);

/** @throws ApiError `invalid` that names line and cause of each thing that is wrong. */
async function requireContent(ctx: Ctx, source: string): Promise<SuiteContent> {
  const read = await checkSource(ctx, source);
  if (read.content) return read.content;
  const told = read.problems.map(
    ({ line, column, path, message }) => `line ${line}, column ${column}${path ? ` (${path})` : ""}: ${message}`,
  );
  throw new ApiError("invalid", `This is no suite. ${told.join("; ")}`);
}

const formatOf = (source: string): SuiteFormat => (source.trimStart().startsWith("{") ? "json" : "yaml");

/** @throws ApiError `invalid` for a file that is wrong; `conflict` for a name that another suite has. */
export async function createSuite(ctx: Ctx, source: string): Promise<WireSuiteWithSource> {
  const content = await requireContent(ctx, source);
  const id = newId("suite");
  const { organizationId, userId } = ctx.actor;
  const now = ctx.now();
  await unlessTaken(content.suite, () =>
    ctx.db.prisma.suite.create({
      data: {
        ...{ id, organizationId, name: content.suite, description: content.description ?? null, createdById: userId },
        ...{ createdAt: now, updatedAt: now },
        versions: { create: versionOf(ctx, 1, source, content) },
      },
    }),
  );
  return retrieveSuite(ctx, id);
}

function versionOf(ctx: Ctx, number: number, source: string, content: SuiteContent) {
  return {
    ...{ id: newId("version"), number, source, format: formatOf(source) },
    ...{ content: content as unknown as Prisma.InputJsonObject, createdById: ctx.actor.userId, createdAt: ctx.now() },
  };
}

async function unlessTaken<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!TAKEN.includes((error as { code?: unknown } | null)?.code)) throw error;
    throw conflict(`CONFLICT: there is a suite '${name}' already: give this one another name`);
  }
}

/** @throws ApiError `not-found`; as `createSuite`. */
export async function updateSuite(ctx: Ctx, id: string, source: string): Promise<WireSuiteWithSource> {
  const suite = await getSuite(ctx, id);
  const head = await headOf(ctx, suite);
  if (head.source === source) return retrieveSuite(ctx, id);
  const content = await requireContent(ctx, source);
  const number = suite.latestVersion + 1;
  const version = { ...versionOf(ctx, number, source, content), createdAt: ctx.now().toISOString() };
  await unlessTaken(content.suite, () =>
    transact(ctx, async (sql) => {
      const changed = await sql.query(
        `UPDATE suite SET name = $3, description = $4, latest_version = $5, updated_at = $6::timestamptz
         WHERE id = $1 AND latest_version = $2 RETURNING id`,
        [id, suite.latestVersion, content.suite, content.description ?? null, number, version.createdAt],
      );
      if (changed.length === 0) throw conflict("CONFLICT: the suite was changed by others meanwhile: look at it again");
      await sql.query(
        `INSERT INTO suite_version (id, suite_id, number, source, format, content, created_by_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::timestamptz)`,
        [version.id, id, number, source, version.format, storableJson(content), version.createdById, version.createdAt],
      );
    }),
  );
  return retrieveSuite(ctx, id);
}

/** @throws ApiError `not-found`. */
export async function retrieveSuite(ctx: Ctx, id: string): Promise<WireSuiteWithSource> {
  const suite = await getSuite(ctx, id);
  const head = await headOf(ctx, suite);
  const [wire] = await toWireSuites(ctx, [suite]);
  return { ...wire!, source: head.source, format: head.format as SuiteFormat };
}

export async function listSuites(
  ctx: Ctx,
  paging: Paging & { name?: string | null | undefined },
): Promise<WireSuite[]> {
  const mine = { organizationId: ctx.actor.organizationId };
  const page = await keyset({
    paging,
    kind: "suite",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.suite.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const where = { AND: [mine, paging.name ? { name: paging.name } : {}, page.where] };
  const rows = await ctx.db.prisma.suite.findMany({ where, orderBy: page.orderBy, take: page.take });
  return toWireSuites(ctx, inListOrder(rows, page));
}

async function toWireSuites(ctx: Ctx, rows: readonly SuiteModel[]): Promise<WireSuite[]> {
  const heads = await ctx.db.prisma.suiteVersion.findMany({
    where: { OR: rows.map(({ id, latestVersion }) => ({ suiteId: id, number: latestVersion })) },
    select: { suiteId: true, content: true },
  });
  const runs = await recentRuns(ctx, rows);
  return rows.map((row) => {
    const content = heads.find(({ suiteId }) => suiteId === row.id)!.content as unknown as SuiteContent;
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      version: row.latestVersion,
      cases: content.cases.map((one) => ({ name: one.name, turns: turnsOf(one), checks: checksOf(one) })),
      variants: content.variants?.map(({ name }) => name) ?? [],
      baseline_run_id: row.baselineRunId,
      recent_runs: runs.get(row.id) ?? [],
      created_at: row.createdAt.toISOString(),
      updated_at: row.updatedAt.toISOString(),
    };
  });
}

/** Null where nobody knows before it is run. */
function turnsOf({ conversation }: SuiteCase): number | null {
  if (conversation === undefined) return 0;
  return Array.isArray(conversation) ? conversation.length : null;
}

function checksOf({ checks, conversation }: SuiteCase): number {
  const turns = Array.isArray(conversation) ? conversation : [];
  return (
    checks.length + turns.reduce((sum, turn) => sum + (typeof turn === "string" ? 0 : (turn.checks?.length ?? 0)), 0)
  );
}

/** @throws ApiError `not-found`; 409 while a run of it is at work. */
export async function deleteSuite(ctx: Ctx, id: string): Promise<void> {
  await getSuite(ctx, id);
  const runs = await ctx.db.prisma.suiteRun.findMany({ where: { suiteId: id }, select: { id: true, status: true } });
  for (const run of runs) requireOver(run);
  for (const run of runs) await deleteMade(ctx, run.id);
  await transact(ctx, async (sql) => {
    await sql.query("DELETE FROM suite WHERE id = $1", [id]);
  });
}

/** @throws ApiError `not-found`. */
export async function listSuiteVersions(ctx: Ctx, id: string) {
  await getSuite(ctx, id);
  const rows = await ctx.db.prisma.suiteVersion.findMany({
    where: { suiteId: id },
    orderBy: { number: "desc" },
    take: VERSIONS_SHOWN,
  });
  return rows.map(({ number, createdAt, source, format }) => ({
    ...{ number, created_at: createdAt.toISOString(), source, format: format as SuiteFormat },
  }));
}

/** A suite's file: byte for byte as it was given, unless the other format is asked for. @throws ApiError `not-found`. */
export async function exportSuite(ctx: Ctx, id: string, wanted: SuiteFormat | null) {
  const suite = await getSuite(ctx, id);
  const head = await headOf(ctx, suite);
  const format = wanted ?? (head.format as SuiteFormat);
  const source =
    format === head.format
      ? head.source
      : await inThread(ctx.actor.organizationId, "writeSuite", { content: head.content, format });
  const name =
    suite.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "") || "suite";
  return { source, format, file_name: `${name}.${format}` };
}
