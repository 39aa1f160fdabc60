import { expect, it } from "vitest";
import { pythonRepr } from "./python-repr";

// Expected texts are those of CPython 3.11's repr().
it.each([
  [null, "None"],
  [true, "True"],
  [false, "False"],
  [12, "12"],
  [-0.5, "-0.5"],
  [0.016393442622950821, "0.01639344262295082"],
  [0.00001, "1e-05"],
  [1.5e-7, "1.5e-07"],
  [1.5e-11, "1.5e-11"],
  [0.0001, "0.0001"],
  [1e21, "1000000000000000000000"],
  ["plain", "'plain'"],
  ["it's", `"it's"`],
  [`it's "it"`, `'it\\'s "it"'`],
  ["a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"],
  ["\0\x1b\x7f\xa0\xad", "'\\x00\\x1b\\x7f\\xa0\\xad'"],
  ["\u2028\u200b\u3000\ue000", "'\\u2028\\u200b\\u3000\\ue000'"],
  ["\u{e0001}", "'\\U000e0001'"],
  ["é 中 👍🏽", "'é 中 👍🏽'"],
  [[], "[]"],
  [{}, "{}"],
  [
    [{ id: "passage-1", tags: ["a"], score: null, gone: undefined }],
    "[{'id': 'passage-1', 'tags': ['a'], 'score': None}]",
  ],
])("writes %j as Python does", (value, expected) => {
  expect(pythonRepr(value)).toBe(expected);
});
