"use client";
import type { Usage, UsageFigures } from "@/lib/client/api/wire";
import { formatCount, formatDollars, formatDuration, formatShort } from "@/lib/client/screen/format";
import { type DashboardFilter, endOfBar, runsOf } from "@/lib/client/usage/dashboard-filter";
import { type Point, type Series, UsageChart } from "./usage-chart";

type Values = Record<string, number | null>;
type Chart = {
  title: string;
  series: readonly Series[];
  format: (value: number) => string;
  values: (figures: UsageFigures) => Values;
};

const RUNS: Chart = {
  title: "Runs",
  format: formatCount,
  series: [
    { key: "completed", name: "completed or at work", color: "var(--messages)", kind: "bar", stack: "runs" },
    { key: "cancelled", name: "cancelled", color: "var(--tools)", kind: "bar", stack: "runs" },
    { key: "failed", name: "failed", color: "var(--error)", kind: "bar", stack: "runs" },
  ],
  values: ({ runs, failed, cancelled }) => ({ completed: runs - failed - cancelled, cancelled, failed }),
};

const percentiles = (title: string, key: "first_token_ms" | "duration_ms"): Chart => ({
  title,
  format: formatDuration,
  series: [
    { key: "p50", name: "p50", color: "var(--summary)", kind: "line" },
    { key: "p95", name: "p95", color: "var(--messages)", kind: "line" },
    { key: "p99", name: "p99", color: "var(--memory)", kind: "line" },
  ],
  values: (figures) => figures[key],
});

const TOKENS: Chart = {
  title: "Tokens",
  format: formatShort,
  series: [
    { key: "fresh", name: "in", color: "var(--messages)", kind: "bar", stack: "tokens" },
    { key: "cached", name: "in, cached", color: "var(--summary)", kind: "bar", stack: "tokens" },
    { key: "out", name: "out", color: "var(--memory)", kind: "bar", stack: "tokens" },
  ],
  values: ({ prompt_tokens: prompt, cached_input_tokens: cached, completion_tokens: out }) => ({
    fresh: prompt - (cached ?? 0),
    cached,
    out,
  }),
};

const COST: Chart = {
  title: "Known cost",
  format: formatDollars,
  series: [{ key: "cost", name: "dollars of steps with a price", color: "var(--files)", kind: "bar" }],
  values: ({ known_cost }) => ({ cost: known_cost }),
};

const MEMORY: Chart = {
  title: "Memory",
  format: formatCount,
  series: [
    { key: "writes", name: "writes", color: "var(--memory)", kind: "bar" },
    { key: "searches", name: "searches", color: "var(--messages)", kind: "bar" },
    { key: "empty", name: "searches that found nothing", color: "var(--error)", kind: "bar" },
    { key: "compactions", name: "compactions", color: "var(--summary)", kind: "bar" },
  ],
  values: (figures) => ({
    writes: figures.memory_writes,
    searches: figures.searches,
    empty: figures.empty_searches,
    compactions: figures.compactions,
  }),
};

const CHARTS = [
  RUNS,
  percentiles("Time of whole runs", "duration_ms"),
  percentiles("Time to the first token", "first_token_ms"),
  TOKENS,
  COST,
];

/** The span over time. Memory is no model's: with one chosen, there is nothing to tell of it. */
export function DashboardCharts({ usage, filter }: { usage: Usage; filter: DashboardFilter }) {
  const label = labelsOf(usage.interval);
  const pointsOf = ({ values }: Chart): Point[] =>
    usage.series.map((one) => {
      const end = endOfBar(one.at, usage.interval);
      const only = (status: "failed" | "cancelled") => runsOf(filter, one.at, end, { status });
      return {
        label: label(one.at),
        href: runsOf(filter, one.at, end),
        hrefs: { failed: only("failed"), cancelled: only("cancelled") },
        values: values(one),
      };
    });
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
      {[...CHARTS, ...(filter.model ? [] : [MEMORY])].map((chart) => (
        <UsageChart
          key={chart.title}
          title={chart.title}
          unit={usage.interval === "hour" ? "Hour" : "Day (UTC)"}
          series={chart.series}
          points={pointsOf(chart)}
          format={chart.format}
        />
      ))}
    </div>
  );
}

/** Hours by the browser's clock, days as the server adds them up. */
function labelsOf(interval: "hour" | "day"): (at: string) => string {
  const format = new Intl.DateTimeFormat(
    "en-GB",
    interval === "hour"
      ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }
      : { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" },
  );
  return (at) => format.format(new Date(at));
}
