import { describe, expect, it } from "vitest";
import type { Blame, TimelineEntry } from "../api/wire";
import { linesOf } from "../memory/blame-lines";
import { columnsOf, markKinds } from "./timeline";

const at = { created_at: "2026-01-01T00:00:00.000Z" };
const cause = { kind: "agent", actor: "agent-1" } as const;

function step(id: string, seq: number, status = "success"): TimelineEntry {
  const call = { name: "f", status };
  const tokens = { prompt_tokens: null, completion_tokens: null, context_tokens: 10 };
  const rest = { run_id: "r", conversation_id: "c", status: "success", stop_reason: null, model_handle: "m" };
  return { type: "step", seq, ...at, id, ...rest, ...tokens, timings: {}, tool_calls: [call], preview: "" };
}

function write(seq: number, stepId: string | null): TimelineEntry {
  const block = { block_id: "block-1", label: "human", number: 1, operation: "update" };
  const sizes = { agent_id: null, chars_before: 0, chars_after: 3 };
  return { type: "block-version", seq, ...at, id: `v${seq}`, ...block, ...sizes, cause, step_id: stepId };
}

describe("columnsOf", () => {
  it("puts what a step did with it, in whatever order the entries come", () => {
    const columns = columnsOf([step("s2", 5), write(4, "s2"), write(2, "s1"), step("s1", 3)], 2);
    expect(columns.map((column) => [column.number, column.step.id, column.marks.length])).toEqual([
      [1, "s1", 1],
      [2, "s2", 1],
    ]);
  });

  it("puts what no step did with the step before it", () => {
    const columns = columnsOf([step("s1", 1), write(2, null), step("s2", 3)], 2);
    expect(columns[0]!.marks).toHaveLength(1);
  });

  it("marks memory writes and failed tools", () => {
    const [column] = columnsOf([step("s1", 1, "error"), write(2, "s1")], 1);
    expect(markKinds(column!)).toEqual(["memory", "error"]);
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
    ...at,
  });

  it("cuts segments into lines that concatenate to the text, each with its main author", () => {
    const lines = linesOf([segment("one\ntw", "v1"), segment("o and more\n", "v2"), segment("three", "v2")]);
    expect(lines.map((line) => line.pieces.map((piece) => piece.text).join(""))).toEqual([
      "one",
      "two and more",
      "three",
    ]);
    expect(lines.map((line) => [line.first.version_id, line.isNew])).toEqual([
      ["v1", true],
      ["v2", true],
      ["v2", false],
    ]);
  });

  it("is empty for an empty text", () => {
    expect(linesOf([])).toEqual([]);
  });
});
