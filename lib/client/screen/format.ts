const INTEGER = new Intl.NumberFormat("en-US");

/** `12,345`. */
export function formatCount(value: number): string {
  return INTEGER.format(Math.round(value));
}

/** `1.2k`, `34k`, `1.1M`; whole numbers below a thousand. */
export function formatShort(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1_000_000) return `${trim(value / 1000)}k`;
  return `${trim(value / 1_000_000)}M`;
}

function trim(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}

/** `<1 ms`, `8 ms`, `1.8 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

const SPANS: [limitSeconds: number, unitSeconds: number, unit: string][] = [
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [30 * 86_400, 86_400, "d"],
  [365 * 86_400, 30 * 86_400, "mo"],
  [Number.POSITIVE_INFINITY, 365 * 86_400, "y"],
];

/** `just now`, `5 min ago`, `in 2 h`. */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return iso;
  const distance = Math.abs(seconds);
  if (distance < 60) return "just now";
  const [, unitSeconds, unit] = SPANS.find(([limit]) => distance < limit)!;
  const text = `${Math.floor(distance / unitSeconds)} ${unit}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

export function formatExact(iso: string): string {
  return format(EXACT, iso);
}

/** `14:05`. */
export function formatClock(iso: string): string {
  return format(CLOCK, iso);
}

export function formatDay(iso: string): string {
  return format(DAY, iso);
}

function format(formatter: Intl.DateTimeFormat, iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : formatter.format(time);
}

/** The first eight digits of an id's uuid: `step-3f2a91cc…` → `3f2a91cc`. */
export function shortId(id: string): string {
  return id.replace(/^[a-z_-]+-(?=[0-9a-f]{8}-)/, "").slice(0, 8);
}

/** A share of a whole in percent: `12 %`, `0.4 %`, `<0.1 %`. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return "0 %";
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  return `${percent > 0 && percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** JSON set out over lines; a text that is not JSON as it is. */
export function formatJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Dollars with as many digits as say something: `$0.00042`, `$1.27`. */
export function formatDollars(value: number): string {
  if (value === 0) return "$0";
  return `$${value < 1 ? Number(value.toPrecision(2)).toFixed(Math.min(8, 1 - Math.floor(Math.log10(value)))) : value.toFixed(2)}`;
}
