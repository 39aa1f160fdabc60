import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { registry, watchProcess } from "./metrics";

type Board = { title: string; uid: string; panels: { title: string; type: string; targets?: { expr: string }[] }[] };

const SUFFIX = /_(bucket|sum|count)$/;
const NAME = /\b(?:memoir|nodejs|process)_\w+/g;

test("the Grafana board asks for what the server tells, by its names, and for all that is Memoir's own", async () => {
  watchProcess();
  const board = JSON.parse(readFileSync("docs/grafana/memoir.json", "utf8")) as Board;
  const told = new Set((await registry.getMetricsAsJSON()).map(({ name }) => name));
  const asked = board.panels.flatMap(({ targets }) => targets ?? []).flatMap(({ expr }) => expr.match(NAME) ?? []);
  expect(asked.length).toBeGreaterThan(10);
  const names = asked.map((name) => (told.has(name) ? name : name.replace(SUFFIX, "")));
  expect(names.filter((name) => !told.has(name))).toEqual([]);
  expect([...told].filter((name) => name.startsWith("memoir_") && !names.includes(name))).toEqual([]);
});
