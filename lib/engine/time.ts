const MINUTE_MS = 60_000;

/** A moment as agents are shown it, in their timezone: `2026-01-02 03:04:05 AM UTC+0000`, strftime's `%Y-%m-%d %I:%M:%S %p %Z%z`. */
export function formatTime(iso: string, timezone: string): string {
  const zone = zoneOf(timezone);
  const offset = offsetMinutes(zone, Date.parse(iso));
  const local = shifted(iso, offset);
  const hour = local.getUTCHours();
  const clock = [hour % 12 || 12, local.getUTCMinutes(), local.getUTCSeconds()].map(twoDigits).join(":");
  const name = ABBREVIATIONS.get(timezone) ?? zoneName(zone, Date.parse(iso), offset);
  return `${local.toISOString().slice(0, 10)} ${clock} ${hour < 12 ? "AM" : "PM"} ${name}${offsetText(offset, "")}`;
}

/** A moment in ISO 8601 with the timezone's offset and whole seconds: `2026-01-02T03:04:05+00:00`. */
export function formatIso(iso: string, timezone: string): string {
  const offset = offsetMinutes(zoneOf(timezone), Date.parse(iso));
  return shifted(iso, offset).toISOString().slice(0, 19) + offsetText(offset, ":");
}

/** How long ago a moment was, in its largest whole unit: `12s ago`, `5m ago`, `3h ago`, `2d ago`. The future is `0s ago`. */
export function timeAgo(iso: string, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  return `${Math.floor(seconds / 86_400)}d ago`;
}

/**
 * The moment, in milliseconds since 1970, at which clocks in the timezone show what they would in UTC at `wallMs`.
 * A time that a change of clocks skips or repeats is read with the offset from before the change.
 */
export function wallTimeToMs(wallMs: number, timezone: string): number {
  const zone = zoneOf(timezone);
  const before = offsetMinutes(zone, wallMs - 24 * 60 * MINUTE_MS);
  const after = offsetMinutes(zone, wallMs + 24 * 60 * MINUTE_MS);
  const candidates = [before, after].map((offset) => wallMs - offset * MINUTE_MS);
  const exact = candidates.find((ms) => ms + offsetMinutes(zone, ms) * MINUTE_MS === wallMs);
  return exact ?? candidates[0]!;
}

/** Formatters are costly to make, and an agent keeps its timezone. */
type Zone = { offset: Intl.DateTimeFormat; names: Intl.DateTimeFormat[] };
const zones = new Map<string, Zone>();

/** English alone abbreviates few zones; each of these locales knows those of its part of the world. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA", "ja-JP"];

/** Zones without a change of clocks that have an abbreviation which no locale knows. */
const ABBREVIATIONS = new Map([
  ["Asia/Shanghai", "CST"],
  ["Asia/Taipei", "CST"],
  ["Asia/Hong_Kong", "HKT"],
  ["Asia/Seoul", "KST"],
  ["Asia/Manila", "PST"],
  ["Europe/Moscow", "MSK"],
]);

/** A timezone that the platform doesn't know counts as UTC. */
function zoneOf(timezone: string): Zone {
  const known = zones.get(timezone);
  if (known) return known;
  const timeZone = isTimezone(timezone) ? timezone : "UTC";
  const zone: Zone = {
    offset: new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }),
    names: LOCALES.map((locale) => new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" })),
  };
  zones.set(timezone, zone);
  return zone;
}

/** Whether the platform knows a timezone by this name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** East of UTC is positive. */
function offsetMinutes(zone: Zone, ms: number): number {
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(namePart(zone.offset, ms));
  if (!match) return 0;
  return (Number(match[2]) * 60 + Number(match[3])) * (match[1] === "-" ? -1 : 1);
}

/** The zone's abbreviation, such as `CET`; as in Python, the bare offset where it has none. */
function zoneName(zone: Zone, ms: number, offset: number): string {
  const names = zone.names.map((format) => namePart(format, ms));
  const name = names.find((candidate) => /^[A-Z]{2,5}$/.test(candidate));
  return name ?? offsetText(offset, "").replace(/00$/, "");
}

function namePart(format: Intl.DateTimeFormat, ms: number): string {
  return format.formatToParts(ms).find((part) => part.type === "timeZoneName")?.value ?? "";
}

function offsetText(minutes: number, separator: string): string {
  const size = Math.abs(minutes);
  return (minutes < 0 ? "-" : "+") + twoDigits(Math.floor(size / 60)) + separator + twoDigits(size % 60);
}

function shifted(iso: string, minutes: number): Date {
  return new Date(Date.parse(iso) + minutes * MINUTE_MS);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
