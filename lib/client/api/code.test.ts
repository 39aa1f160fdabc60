import { describe, expect, test } from "vitest";
import { operation, toCode } from "./code";

const BASE = "http://localhost:8283";
const retrieve = operation("agents.blocks.retrieve", {
  method: "get",
  path: "/v1/agents/{agent_id}/core-memory/blocks/{block_label}",
  params: { agent_id: "agent-1", block_label: "human" },
});
const timeline = operation("agents.timeline", {
  method: "get",
  path: "/v1/agents/{agent_id}/timeline",
  params: { agent_id: "agent-1" },
  query: { limit: 10 },
  named: false,
});
const create = operation("blocks.create", {
  method: "post",
  path: "/v1/blocks",
  body: { label: "human", value: `It's "Mara"\n`, read_only: true, description: null },
});

describe("code of an operation", () => {
  test("calls the client's method: the last parameter of the path alone, all others by name", () => {
    expect(toCode("TypeScript", BASE, [retrieve])).toContain(
      'await client.agents.blocks.retrieve("human", {\n  agent_id: "agent-1"\n});',
    );
    expect(toCode("Python", BASE, [retrieve])).toContain('client.agents.blocks.retrieve("human", agent_id="agent-1")');
  });

  test("goes by method and path where the client has no name for it", () => {
    expect(toCode("TypeScript", BASE, [timeline])).toContain(
      'client.get("/v1/agents/agent-1/timeline", {\n  query: {\n    limit: 10\n  }\n})',
    );
    expect(toCode("Python", BASE, [timeline])).toContain(
      'client.get("/v1/agents/agent-1/timeline", cast_to=object, options={"params": {"limit": 10}})',
    );
  });

  test("is of the language: None and True in Python, quotes that a shell leaves alone", () => {
    expect(toCode("Python", BASE, [create])).toContain(
      `client.blocks.create(label="human", value="It's \\"Mara\\"\\n", read_only=True, description=None)`,
    );
    expect(toCode("curl", BASE, [create])).toContain(`"value": "It'\\''s \\"Mara\\"\\n"`);
    expect(toCode("curl", BASE, [timeline])).toBe(`curl '${BASE}/v1/agents/agent-1/timeline?limit=10'`);
  });
});
