import { describe, expect, it } from "vitest";
import type { Agent } from "../api/wire";
import {
  changesBetween,
  deployBody,
  deploymentsOf,
  type SnapshotAgent,
  type TemplateSnapshot,
  variablesOf,
  withTexts,
} from "./template-content";

const variables = (...keys: [string, string?][]) => ({
  version: "1",
  data: keys.map(([key, defaultValue]) => ({ key, defaultValue: defaultValue ?? null, type: "string" })),
});
const agent = (part: Partial<SnapshotAgent> = {}): SnapshotAgent => ({
  model: "a/b",
  systemPrompt: "You help {{user}}.",
  toolIds: ["tool-1"],
  sourceIds: [],
  memoryVariables: variables(["user"]),
  toolVariables: variables(["KEY"]),
  tags: [],
  identityIds: null,
  toolRules: [],
  agentType: "letta_v1_agent",
  properties: null,
  entityId: "e1",
  name: "Helper",
  ...part,
});
const block = (label: string, value = "") => ({
  entityId: `b-${label}`,
  label,
  value,
  limit: 100,
  description: "",
  preserveOnMigration: false,
  readOnly: false,
});
const snapshot = (part: Partial<TemplateSnapshot> = {}): TemplateSnapshot => ({
  agents: [agent()],
  blocks: [block("human")],
  relationships: [],
  configuration: {},
  type: "classic",
  version: "1",
  ...part,
});

it("the variables of all agents are asked for once each", () => {
  const two = snapshot({
    agents: [agent(), agent({ entityId: "e2", memoryVariables: variables(["user", "you"], ["city"]) })],
  });
  expect(variablesOf(two)).toEqual({
    memory: [
      { key: "user", defaultValue: "you" },
      { key: "city", defaultValue: "" },
    ],
    secrets: ["KEY"],
  });
});

describe("what changed", () => {
  it("is nothing between a version and itself, whatever its number", () => {
    expect(changesBetween(snapshot(), snapshot({ version: "current" }))).toEqual([]);
  });

  it("is said part by part", () => {
    const after = snapshot({
      agents: [agent({ systemPrompt: "You assist.", model: "c/d" })],
      blocks: [block("human", "x"), block("log")],
    });
    expect(changesBetween(snapshot(), after)).toEqual([
      "agent Helper: model, prompt",
      "block human: value",
      "block log is new",
    ]);
    expect(changesBetween(after, snapshot({ blocks: [] }))).toContain("block log is gone");
  });
});

it("agents are listed by deployment, newest first", () => {
  const made = (id: string, deployment_id: string | null, created_at: string) =>
    ({ id, deployment_id, created_at }) as Agent;
  const found = deploymentsOf([
    made("a", "d1", "2026-01-01T00:00:00Z"),
    made("b", "d2", "2026-01-03T00:00:00Z"),
    made("c", "d1", "2026-01-02T00:00:00Z"),
    made("d", null, "2026-01-04T00:00:00Z"),
  ]);
  expect(found.map((one) => [one.id, one.agents.map((own) => own.id)])).toEqual([
    ["d2", ["b"]],
    ["d1", ["a", "c"]],
  ]);
});

it("a request for agents leaves out what is empty", () => {
  const memory = { user: "Ada", city: "" };
  expect(deployBody({ name: " ", tags: "a, ,b", memory, secrets: { KEY: "" } })).toEqual({
    tags: ["a", "b"],
    memory_variables: { user: "Ada" },
    tool_variables: {},
  });
});

it("texts of a working copy are changed by entity, and the rest stays", () => {
  const next = withTexts(snapshot(), { e1: "New.", "b-human": "value" });
  expect(changesBetween(snapshot(), next)).toEqual(["agent Helper: prompt", "block human: value"]);
});
