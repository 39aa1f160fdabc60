import { expect, test } from "vitest";
import { type RunFilter, readRunFilter, runFilterParams, runFilterQuery, runsHref } from "./run-filter";

test("a filter reads back from its address as it was", () => {
  const filter: RunFilter = {
    ...({ agentId: "agent-1", status: "failed", model: "openai/gpt-5", tool: "a&b", userId: "user-1" } as const),
    ...{ search: "100 % mint", from: "2026-01-31T14:00:00.000Z", to: "2026-01-31T15:00:00.000Z", days: undefined },
  };
  expect(readRunFilter(new URL(runsHref(filter), "http://x").searchParams)).toEqual(filter);
  expect(runsHref({})).toBe("/runs");
});

test("what makes no sense in an address is left out", () => {
  const params = new URLSearchParams("status=asleep&from=yesterday&days=-3&to=&model=");
  expect([...runFilterParams(readRunFilter(params))]).toEqual([]);
});

test("a moment ends before it, a day ends with it, and days are counted from now", () => {
  expect(runFilterQuery({ from: "2026-01-31T14:00:00.000Z", to: "2026-01-31T15:00:00.000Z" })).toEqual({
    start_date: "2026-01-31T14:00:00.000Z",
    end_date: "2026-01-31T14:59:59.999Z",
  });
  const day = runFilterQuery({ from: "2026-01-31", to: "2026-01-31" });
  expect(Date.parse(day.end_date!) - Date.parse(day.start_date!)).toBe(86_400_000 - 1);
  expect(runFilterQuery({ days: 2 }, Date.UTC(2026, 0, 31))).toEqual({ start_date: "2026-01-29T00:00:00.000Z" });
});
