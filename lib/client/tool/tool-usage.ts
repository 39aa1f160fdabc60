export type DayOfUse = { date: string; calls: number; failures: number };

const DAYS = 30;
const DAY_MS = 86_400_000;

/** The last thirty days in UTC, oldest first, also those without a call. */
export function daysOfUse(days: readonly DayOfUse[], now: Date): DayOfUse[] {
  const known = new Map(days.map((day) => [day.date, day]));
  return [...Array(DAYS).keys()].map((index) => {
    const date = new Date(now.getTime() - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return known.get(date) ?? { date, calls: 0, failures: 0 };
  });
}
