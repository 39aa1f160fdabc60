import { expect, test } from "vitest";
import { nextTime } from "./cron";

function times(cron: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = [];
  for (let at = new Date(from); found.length < count; ) {
    at = nextTime(cron, timezone, at);
    found.push(at.toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

test("an expression means the clock of its timezone", () => {
  expect(times("0 9 * * 1-5", "America/New_York", "2026-01-02T00:00:00Z", 3)).toEqual([
    "2026-01-02T14:00Z",
    "2026-01-05T14:00Z",
    "2026-01-06T14:00Z",
  ]);
  expect(times("0 9 * * *", "Asia/Kolkata", "2026-01-02T00:00:00Z", 1)).toEqual(["2026-01-02T03:30Z"]);
});

test("a time that the clocks leave out in spring comes that much later, once", () => {
  expect(times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3)).toEqual([
    "2026-03-28T01:30Z",
    "2026-03-29T01:30Z",
    "2026-03-30T00:30Z",
  ]);
});

test("a fixed time that the clocks show twice in autumn comes once, and every half hour goes on evenly", () => {
  expect(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
    "2026-10-25T00:30Z",
    "2026-10-26T01:30Z",
  ]);
  expect(times("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", 5)).toEqual([
    "2026-10-25T00:00Z",
    "2026-10-25T00:30Z",
    "2026-10-25T01:00Z",
    "2026-10-25T01:30Z",
    "2026-10-25T02:00Z",
  ]);
});

test("the next time is after the moment given, never at it", () => {
  expect(times("0 12 * * *", "UTC", "2026-01-01T12:00:00Z", 1)).toEqual(["2026-01-02T12:00Z"]);
});

test.each([
  "* * * *",
  "* * * * * *",
  "@daily",
  "",
  "a b c d e",
  "60 * * * *",
  "0 25 * * *",
  "0 0 30 2 *",
  "H * * * *",
  "0 H(0-5) * * *",
])("%j is refused", (cron) => {
  expect(() => nextTime(cron, "UTC", new Date(0))).toThrow(/cron_expression/);
});

test("a timezone that nobody knows is refused", () => {
  expect(() => nextTime("* * * * *", "Mars/Olympus", new Date(0))).toThrow("timezone is not known: Mars/Olympus");
});
