import { describe, expect, it } from "vitest";
import type { Blame, TimelineEntry } from "../api/wire";
import { linesOf } from "../memory/blame-lines";
import { lanesOf } from "./lanes";
import { columnsOf, markKinds, placed } from "./timeline";
import { NO_FILTER, readFilter, writeFilter } from "./timeline-filter";

const at = { created_at: "2026-01-01T00:00:00.000Z" };
const cause = { kind: "agent", actor: "agent-1" } as const;

function step(id: string, seq: number, status = "success", conversation = "c"): TimelineEntry {
  const call = { name: "f", status };
  const tokens = { prompt_tokens: null, completion_tokens: null, context_tokens: 10 };
  const rest = {
    number: seq,
    run_id: "r",
    conversation_id: conversation,
    status: "success",
    stop_reason: null,
    model_handle: "m",
  };
  return { type: "step", seq, ...at, id, ...rest, ...tokens, timings: {}, tool_calls: [call], preview: "" };
}

function write(seq: number, stepId: string | null): TimelineEntry {
  const block = { block_id: "block-1", label: "human", number: 1, operation: "update" };
  const sizes = { agent_id: null, chars_before: 0, chars_after: 3 };
  return { type: "block-version", seq, ...at, id: `v${seq}`, ...block, ...sizes, cause, step_id: stepId };
}

describe("columnsOf", () => {
  it("puts what a step did with it, in whatever order and however often the entries come", () => {
    const entries = [step("s2", 5), write(4, "s2"), write(2, "s1"), step("s1", 3)];
    const columns = columnsOf([...entries, ...entries]);
    expect(columns.map((column) => [column.step.id, column.marks.length])).toEqual([
      ["s1", 1],
      ["s2", 1],
    ]);
  });

  it("puts what no step did after the step before it, as others' doing", () => {
    const columns = columnsOf([step("s1", 1), write(2, null), step("s2", 3)]);
    expect(columns.map((column) => [column.marks.length, column.after.length])).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(markKinds(columns[0]!)).toEqual([{ kind: "memory", own: false }]);
  });

  it("marks memory writes and failed tools", () => {
    const [column] = columnsOf([step("s1", 1, "error"), write(2, "s1")]);
    expect(markKinds(column!).map(({ kind }) => kind)).toEqual(["memory", "error"]);
  });
});

describe("placed", () => {
  it("gives each step the place of its number, and leaves room for those that are not loaded", () => {
    const columns = placed(columnsOf([step("s4", 4), step("s2", 2)]));
    expect(columns.map((column) => column?.step.id ?? null)).toEqual([null, "s2", null, "s4"]);
  });
});

describe("lanesOf", () => {
  it("gives each conversation a lane, the one with the newest step first, and those beyond the fifth the last", () => {
    const steps = Array.from({ length: 7 }, (_, n) => step(`s${n}`, n + 1, "success", `conv-${n}`));
    const { lanes, laneOf } = lanesOf(placed(columnsOf(steps)));
    expect(lanes).toEqual(["conv-6", "conv-5", "conv-4", "conv-3", "conv-2"]);
    expect([laneOf("conv-6"), laneOf("conv-2"), laneOf("conv-0")]).toEqual([0, 4, 4]);
  });
});

describe("the filter in the address", () => {
  it("is read as it was written, and anything else is no filter", () => {
    const filter = { did: ["write", "error"] as const, wrote: "block-1", tool: "x", lane: "conv-1", find: "a b&c" };
    const search = new URLSearchParams();
    writeFilter(filter, search);
    expect(readFilter(new URLSearchParams(search.toString()))).toEqual(filter);
    expect(readFilter(new URLSearchParams("did=no,nonsense"))).toEqual(NO_FILTER);
  });
});

describe("linesOf", () => {
  const segment = (text: string, version: string): Blame["segments"][number] => ({
    text,
    version_id: version,
    block_id: "block-1",
    number: 1,
    operation: "update",
    cause,
    moved_by: null,
    restored_by: null,
    ...at,
  });

  it("cuts segments into lines that concatenate to the text, each with all its writers", () => {
    const lines = linesOf([segment("one\ntw", "v1"), segment("o and more\n", "v2"), segment("three", "v2")]);
    expect(lines.map((line) => line.pieces.map((piece) => piece.text).join(""))).toEqual([
      "one",
      "two and more",
      "three",
    ]);
    expect(lines.map((line) => [line.writers.map((one) => one.version_id), line.isNew])).toEqual([
      [["v1"], true],
      [["v1", "v2"], true],
      [["v2"], true],
    ]);
  });

  it("is empty for an empty text", () => {
    expect(linesOf([])).toEqual([]);
  });
});
