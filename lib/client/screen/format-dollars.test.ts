import { expect, test } from "vitest";
import { formatDollars } from "./format";

test.each([
  [0, "$0"],
  [0.000_423, "$0.00042"],
  [0.0161, "$0.016"],
  [0.5, "$0.50"],
  [1.266, "$1.27"],
  [1234.5, "$1234.50"],
])("%s dollars are %s", (value, text) => {
  expect(formatDollars(value)).toBe(text);
});
