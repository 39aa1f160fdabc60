import { expect, test } from "vitest";
import { dashboardParams, datesOf, readDashboardFilter, runsOf } from "./dashboard-filter";

const read = (href: string) => readDashboardFilter(new URL(href, "http://x").searchParams);

test("a filter reads back from its address as it was, and what makes no sense is a week", () => {
  for (const filter of [
    { days: 30, agentId: "agent-1", model: undefined },
    { days: null, from: "2026-01-01", to: "2026-02-01", agentId: undefined, model: "openai/gpt-5" },
  ])
    expect(readDashboardFilter(dashboardParams(filter))).toEqual(filter);
  for (const href of [
    "/dashboard",
    "/dashboard?days=8",
    "/dashboard?from=2026-02-01&to=2026-01-01",
    "/dashboard?from=x&to=y",
  ])
    expect(read(href).days).toBe(7);
});

test("the days of a custom span are whole and UTC", () => {
  expect(datesOf({ days: null, from: "2026-01-01", to: "2026-01-02" }, 0)).toEqual({
    start_date: "2026-01-01T00:00:00.000Z",
    end_date: "2026-01-03T00:00:00.000Z",
  });
});

test("a bar leads to the runs of its time, of the agent and model that are chosen", () => {
  const href = runsOf({ days: 7, agentId: "agent-1" }, "2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z", {
    status: "failed",
  });
  expect(href).toBe(
    "/runs?agent_id=agent-1&status=failed&from=2026-01-01T10%3A00%3A00.000Z&to=2026-01-01T11%3A00%3A00.000Z",
  );
});
