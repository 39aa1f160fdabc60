import { describe, expect, test } from "vitest";
import type { Tool } from "../api/wire";
import {
  changesOf,
  draftOf,
  hasProblem,
  newToolBody,
  problemsOfRequirements,
  readDraft,
  type ToolDraft,
  withTag,
} from "./tool-draft";

const TOOL: Tool = {
  ...{ id: "tool-1", tool_type: "custom", description: "D.", source_type: "python", name: "t", tags: ["a"] },
  ...{ source_code: "", json_schema: null, args_json_schema: null, return_char_limit: 900, npm_requirements: null },
  ...{ pip_requirements: [{ name: "requests", version: null }], default_requires_approval: null },
  ...{ enable_parallel_execution: false, created_by_id: null, last_updated_by_id: null, project_id: null },
  metadata_: { timeout_seconds: 5, allowed_hosts: ["a.example"], "their own": { kept: true } },
};
const typed = (part: Partial<ToolDraft>) => readDraft({ ...draftOf(TOOL), ...part }, TOOL.metadata_);

describe("the settings of a tool", () => {
  test("keep keys of its metadata that are somebody else's", () => {
    const { body } = typed({ timeout: "", memory: "512", hosts: "b.example\n*.c.example, d.example" });
    expect(body.metadata_).toEqual({
      "their own": { kept: true },
      memory_mb: 512,
      allowed_hosts: ["b.example", "*.c.example", "d.example"],
    });
  });

  test("that were not changed send nothing", () => {
    const saved = typed({}).body;
    expect(changesOf(saved, typed({}).body)).toEqual({});
    expect(Object.keys(changesOf(saved, typed({ timeout: "6", approval: true }).body)).toSorted()).toEqual([
      "default_requires_approval",
      "metadata_",
    ]);
    expect(changesOf(saved, typed({ pip: [] }).body)).toEqual({ pip_requirements: [] });
  });

  test("out of the server's bounds are told, and not sent", () => {
    for (const part of [
      { timeout: "0" },
      { timeout: "x" },
      { memory: "8" },
      { memory: "16.5" },
      { limit: "0" },
      { hosts: "http://a" },
      { pip: [{ name: "", version: ">=1" }] },
      {
        pip: [
          { name: "a_b", version: "" },
          { name: "A-b", version: "" },
        ],
      },
    ]) {
      expect([part, hasProblem(typed(part).problems)]).toEqual([part, true]);
    }
    expect(hasProblem(typed({ pip: [{ name: " ", version: "" }] }).problems)).toBe(false);
  });

  test("of a new tool are those of its language", () => {
    const rows = { pip: [{ name: "requests", version: ">=2" }], npm: [{ name: "dayjs", version: "" }] };
    const { body } = readDraft({ ...draftOf(null), ...rows }, {});
    expect(newToolBody("", "typescript", body)).toMatchObject({ npm_requirements: [{ name: "dayjs", version: null }] });
    expect(newToolBody("", "typescript", body)).not.toHaveProperty("pip_requirements");
    expect(newToolBody("", "python", body)).not.toHaveProperty("description");
  });

  test("a tag is set and taken away among others", () => {
    expect(withTag("a, b", "idempotent", true)).toBe("a, b, idempotent");
    expect(withTag("a, idempotent, b", "idempotent", false)).toBe("a, b");
  });
});

describe("what the server says of a package", () => {
  const rows = [
    { name: "requests", version: "" },
    { name: "", version: "" },
    { name: "Num_Py", version: ">=99" },
  ];

  test("stands at its row, whether the tool was refused or its run failed", () => {
    const refusal = "description: too long; pip_requirements.1.name: Too small; tags: no";
    expect(problemsOfRequirements("pip", rows, refusal)).toEqual({ 2: "Too small" });
    const failure = "Error executing function f: RequirementError: num-py >=99 has no wheel in pure Python";
    expect(problemsOfRequirements("pip", rows, failure)).toEqual({ 2: "num-py >=99 has no wheel in pure Python" });
  });

  test("is not said of another", () => {
    expect(problemsOfRequirements("npm", rows, "pip_requirements.0.name: no")).toEqual({});
    expect(problemsOfRequirements("pip", rows, "Error executing function f: KeyError: 'requests'")).toEqual({});
  });
});
