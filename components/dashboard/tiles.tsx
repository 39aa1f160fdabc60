import type { Usage, UsageFigures } from "@/lib/client/api/wire";
import { formatCount, formatDollars, formatDuration, formatShare, formatShort } from "@/lib/client/screen/format";

type Tile = {
  name: string;
  value: (figures: UsageFigures) => number | null;
  shown: (figures: UsageFigures) => string;
  note?: (figures: UsageFigures) => string | undefined;
};

const duration = (ms: number | null) => (ms === null ? "–" : formatDuration(ms));

const TILES: readonly Tile[] = [
  { name: "Runs", value: ({ runs }) => runs, shown: ({ runs }) => formatCount(runs) },
  {
    name: "Failed",
    value: ({ failed, runs }) => (runs === 0 ? null : failed / runs),
    shown: ({ failed }) => formatCount(failed),
    note: ({ failed, runs }) => (runs === 0 ? undefined : `${formatShare(failed, runs)} of runs`),
  },
  {
    name: "First token, p95",
    value: ({ first_token_ms }) => first_token_ms.p95,
    shown: ({ first_token_ms }) => duration(first_token_ms.p95),
    note: ({ first_token_ms }) => `median ${duration(first_token_ms.p50)}`,
  },
  {
    name: "Whole run, p95",
    value: ({ duration_ms }) => duration_ms.p95,
    shown: ({ duration_ms }) => duration(duration_ms.p95),
    note: ({ duration_ms }) => `median ${duration(duration_ms.p50)}`,
  },
  {
    name: "Tokens",
    value: (figures) => figures.prompt_tokens + figures.completion_tokens,
    shown: (figures) => formatShort(figures.prompt_tokens + figures.completion_tokens),
    note: ({ cached_input_tokens: cached, prompt_tokens: prompt }) =>
      cached === null ? undefined : `${formatShare(cached, prompt)} of input cached`,
  },
  {
    name: "Cost",
    value: ({ cost }) => cost,
    shown: ({ cost, steps }) => (cost === null ? (steps === 0 ? "–" : "unknown") : formatDollars(cost)),
    note: ({ cost, known_cost, unpriced_steps }) =>
      cost === null && unpriced_steps > 0
        ? `${known_cost === null ? "nothing" : formatDollars(known_cost)} known, ${formatCount(unpriced_steps)} steps without a price`
        : undefined,
  },
];

/** The figures of the whole span, each beside that of the span before. */
export function Tiles({ usage }: { usage: Usage }) {
  return (
    <dl className="grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-6">
      {TILES.map((tile) => (
        <div key={tile.name} className="flex min-w-0 flex-col rounded-md border border-line bg-panel p-2.5">
          <dt className="text-muted text-sm">{tile.name}</dt>
          <dd className="font-semibold text-xl">{tile.shown(usage.totals)}</dd>
          <dd className="text-muted text-sm">{tile.note?.(usage.totals)}</dd>
          <dd className="text-muted text-sm" title="The span of the same length before">
            {change(tile.value(usage.before), tile.value(usage.totals))} before: {tile.shown(usage.before)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** `+12 %`, by how much the span is above the one before; nothing where that was none. */
function change(before: number | null, now: number | null): string {
  if (before === null || now === null || before === 0) return "";
  const percent = Math.round((now / before - 1) * 100);
  return percent === 0 ? "± 0 %;" : `${percent > 0 ? "+" : "−"}${formatCount(Math.abs(percent))} %;`;
}
