import type { WireSuiteHistory } from "@/lib/api/suite-history";
import type { Ctx } from "../core/core";
import { getSuite } from "./suite-rows";

type Case = WireSuiteHistory["cases"][number];
type Row = {
  run_id: string;
  version: number;
  case_name: string;
  variant: string;
  passed: number;
  total: number;
  seconds: number | null;
};

/** Of the last runs of a suite that are over: how each case went. @throws ApiError `not-found`. */
export async function suiteHistory(ctx: Ctx, id: string, most: number): Promise<WireSuiteHistory> {
  const suite = await getSuite(ctx, id);
  const runs = await ctx.db.prisma.suiteRun.findMany({
    where: { suiteId: suite.id, completedAt: { not: null } },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: most,
    select: { id: true, version: true, createdAt: true },
  });
  runs.reverse();
  const rows = await ctx.db.query<Row>(OUTCOMES, [runs.map((run) => run.id)]);
  return {
    runs: runs.map(({ id, version, createdAt }) => ({ id, version, created_at: createdAt.toISOString() })),
    cases: casesOf(rows).toSorted((a, b) => Number(b.is_flaky) - Number(a.is_flaky) || failing(b) - failing(a)),
  };
}

const failing = ({ passed, total }: Case) => 1 - passed / total;

const OUTCOMES = `SELECT r.id AS run_id, r.version, i.case_name, i.variant, count(*) FILTER (WHERE i.status = 'passed')::int AS passed,
  count(*)::int AS total, avg(extract(epoch FROM i.completed_at - i.started_at))::float AS seconds
FROM suite_item i JOIN suite_run r ON r.id = i.suite_run_id
WHERE r.id = ANY($1::text[]) AND i.status IN ('passed', 'failed', 'error')
GROUP BY r.id, i.case_name, i.variant ORDER BY r.created_at, r.id, min(i.position)`;

function casesOf(rows: readonly Row[]): Case[] {
  const cases = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.case_name, row.variant]);
    cases.set(key, [...(cases.get(key) ?? []), row]);
  }
  return [...cases.values()].map((outcomes) => ({
    case_name: outcomes[0]!.case_name,
    variant: outcomes[0]!.variant,
    is_flaky: isFlaky(outcomes),
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    total: outcomes.reduce((sum, { total }) => sum + total, 0),
    results: outcomes.map(({ run_id, passed, total, seconds }) => ({ run_id, passed, total, seconds })),
  }));
}

/** A case that went both ways while its file was the same. */
function isFlaky(outcomes: readonly Row[]): boolean {
  return [...new Set(outcomes.map(({ version }) => version))].some((version) => {
    const same = outcomes.filter((outcome) => outcome.version === version);
    return same.some(({ passed }) => passed > 0) && same.some(({ passed, total }) => passed < total);
  });
}
