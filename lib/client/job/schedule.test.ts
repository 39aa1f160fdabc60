import { expect, test } from "vitest";
import type { Firing } from "../api/wire";
import { describeCron, isUnderWay } from "./schedule";

test.each([
  ["0 9 * * *", "every day at 09:00"],
  ["5 * * * *", "every hour at :05"],
  ["*/15 * * * *", "every 15 minutes"],
  ["* * * * *", "every minute"],
  ["30 8 * * 1-5", "on working days at 08:30"],
  ["0 18 * * 0", "every Sunday at 18:00"],
  ["0 18 * * 7", "every Sunday at 18:00"],
  ["0 7 1 * *", "on day 1 of each month at 07:00"],
])("%s is %s", (expression, words) => {
  expect(describeCron(expression)).toBe(words);
});

test.each(["0 9 * 6 *", "0 9-17 * * *", "0 9 1 * 1", "nonsense", "0 9 * *"])(
  "%s, which has no short words, stays as it is",
  (expression) => {
    expect(describeCron(expression)).toBe(expression);
  },
);

test.each<[string, Partial<Firing>, boolean]>([
  ["waits to be sent", { run_id: null, run_status: null, error: null }, true],
  ["has a run that was made", { run_id: "run-1", run_status: "created", error: null }, true],
  ["has a run that goes on", { run_id: "run-1", run_status: "running", error: null }, true],
  ["was skipped", { run_id: null, run_status: null, error: "Skipped." }, false],
  ["has a run that is over", { run_id: "run-1", run_status: "completed", error: null }, false],
  ["has a run that failed", { run_id: "run-1", run_status: "failed", error: null }, false],
])("a firing that %s: is it under way", (_, firing, underWay) => {
  expect(isUnderWay(firing as Firing)).toBe(underWay);
});
