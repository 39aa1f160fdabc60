import type { WireComparison } from "@/lib/api/suite-history";
import type { SuiteItemResult } from "@/lib/api/suites";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import type { SuiteItemModel } from "../db/generated/models";
import { getSuiteRun } from "./suite-runs";

type Compared = WireComparison["cases"][number];
type Item = Pick<SuiteItemModel, "id" | "caseName" | "variant" | "status">;

const ORDER: readonly Compared["change"][] = ["broken", "mended", "added", "removed", "same"];

/**
 * A run beside another, or the baseline: what was broken first. A case has passed if all of its repeats have.
 *
 * @throws ApiError `not-found`; 400 where there is no baseline and no other run is named.
 */
export async function compareRuns(
  ctx: Ctx,
  suiteId: string,
  id: string,
  other: string | null,
): Promise<WireComparison> {
  const run = await getSuiteRun(ctx, suiteId, id);
  const withId = other ?? run.suite.baselineRunId;
  if (!withId)
    throw badRequest(
      "INVALID_ARGUMENT: the suite has no baseline yet: approve a run, or name another one by with_run_id",
    );
  await getSuiteRun(ctx, suiteId, withId);
  const [after, before] = await Promise.all([casesOf(ctx, id), casesOf(ctx, withId)]);
  const keys = [...new Set([...after.keys(), ...before.keys()])];
  const cases = keys.map((key): Compared => {
    const [now, was] = [after.get(key), before.get(key)];
    const [first] = (now ?? was)!;
    return {
      case_name: first!.caseName,
      variant: first!.variant,
      change: changeOf(was, now),
      before: was ? rateOf(was) : null,
      after: now ? rateOf(now) : null,
      item_id: now ? tellingOf(now) : null,
      with_item_id: was ? tellingOf(was) : null,
    };
  });
  return {
    run_id: id,
    with_run_id: withId,
    cases: cases.toSorted((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change)),
  };
}

async function casesOf(ctx: Ctx, suiteRunId: string): Promise<Map<string, Item[]>> {
  const items = await ctx.db.prisma.suiteItem.findMany({
    where: { suiteRunId, status: { in: ["passed", "failed", "error"] } },
    orderBy: { position: "asc" },
    select: { id: true, caseName: true, variant: true, status: true },
  });
  const cases = new Map<string, Item[]>();
  for (const item of items) {
    const key = JSON.stringify([item.caseName, item.variant]);
    cases.set(key, [...(cases.get(key) ?? []), item]);
  }
  return cases;
}

const hasPassed = (items: readonly Item[]) => items.every(({ status }) => status === "passed");
const rateOf = (items: readonly Item[]) => ({
  passed: items.filter(({ status }) => status === "passed").length,
  total: items.length,
});
const tellingOf = (items: readonly Item[]) => (items.find(({ status }) => status !== "passed") ?? items[0]!).id;

function changeOf(was: readonly Item[] | undefined, now: readonly Item[] | undefined): Compared["change"] {
  if (!was) return "added";
  if (!now) return "removed";
  if (hasPassed(was) === hasPassed(now)) return "same";
  return hasPassed(was) ? "broken" : "mended";
}

/** Every item of a run, a few at a time, in order. */
export async function* itemsOf(
  ctx: Ctx,
  suiteRunId: string,
): AsyncGenerator<SuiteItemModel & { result: SuiteItemResult | null }> {
  const AT_ONCE = 50;
  for (let last = -1; ; ) {
    const items = await ctx.db.prisma.suiteItem.findMany({
      where: { suiteRunId, position: { gt: last } },
      orderBy: { position: "asc" },
      take: AT_ONCE,
    });
    for (const item of items) yield item as SuiteItemModel & { result: SuiteItemResult | null };
    if (items.length < AT_ONCE) return;
    last = items.at(-1)!.position;
  }
}
