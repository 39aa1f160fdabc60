import { describe, expect, test } from "vitest";
import { ApiError } from "../core/errors";
import { readAgentFile } from "./read-file";

const refusal = (text: string) => {
  try {
    readAgentFile(text);
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, detail: error.detail };
    throw error;
  }
  return null;
};

const FLAT = {
  agent_type: "memgpt_agent",
  name: "old",
  description: null,
  system: "You are old.",
  core_memory: [
    { label: "human", value: "Ada", limit: 5000, description: "d", is_template: false, metadata_: { a: 1 } },
    { label: "persona", value: "Old", limit: 5000 },
  ],
  in_context_message_indices: [0, 2],
  messages: [
    { role: "system", text: "You are old.", created_at: "2024-12-01T00:00:00Z" },
    { role: "user", content: [{ type: "text", text: "gone" }], created_at: "2024-12-01T00:00:01Z" },
    { role: "user", content: [{ type: "text", text: "hi" }], created_at: "2024-12-01T00:00:02Z" },
  ],
  llm_config: { model: "gpt-4o-mini", model_endpoint_type: "openai", context_window: 32000 },
  embedding_config: null,
  tags: [{ tag: "t" }],
  tool_exec_environment_variables: [{ key: "K", value: "", description: null }],
  tool_rules: [{ tool_name: "f", type: "exit_loop" }],
  tools: [
    {
      name: "f",
      tool_type: "custom",
      source_code: "def f(): pass",
      source_type: "python",
      tags: [],
      json_schema: { name: "f" },
    },
  ],
  version: "0.6.5",
};

describe("reading an agent file", () => {
  test("one that leaves out all it may is a file", () => {
    expect(readAgentFile('{"agents":[{"id":"agent-0"}]}')).toMatchObject({
      agents: [{ id: "agent-0", tool_ids: [] }],
      blocks: [],
    });
  });

  test("JSON in a JSON string is unwrapped, a byte order mark left out, and unstorable characters too", () => {
    const plain = JSON.stringify({ agents: [{ id: "agent-0", name: "a\u0000\ud800b" }] });
    expect(readAgentFile(JSON.stringify(`\uFEFF${plain}`)).agents[0]!.name).toBe("a\uFFFDb");
  });

  test("the flat format becomes the current one", () => {
    const file = readAgentFile(JSON.stringify(FLAT));
    expect(file.agents).toHaveLength(1);
    expect(file.agents[0]).toMatchObject({
      name: "old",
      agent_type: "memgpt_agent",
      block_ids: ["block-0", "block-1"],
      tool_ids: ["tool-0"],
      tags: ["t"],
      in_context_message_ids: ["message-0", "message-2"],
      tool_exec_environment_variables: { K: "" },
    });
    expect(file.agents[0]!.messages.map((message) => message.content)).toEqual([
      [{ type: "text", text: "You are old." }],
      [{ type: "text", text: "gone" }],
      [{ type: "text", text: "hi" }],
    ]);
    expect(file.blocks[0]).toMatchObject({ label: "human", value: "Ada", limit: 5000, metadata: { a: 1 } });
    expect(file.tools[0]).toMatchObject({ name: "f", source_code: "def f(): pass" });
  });

  test.each<[string, string]>([
    ["", "Corrupted agent file format."],
    ["{", "Corrupted agent file format."],
    ["not json", "Corrupted agent file format."],
    ["null", "Invalid agent file schema: "],
    ["[]", "Invalid agent file schema: "],
    ["7", "Invalid agent file schema: "],
    ["{}", "Invalid agent file schema: agents: "],
    ['{"agents":[]}', "Invalid agent file schema: agents: "],
    ['{"agents":[{}]}', "Invalid agent file schema: agents.0.id: "],
    ['{"agents":[{"id":"a"},{"id":"a"}]}', "Invalid agent file schema: agents: 'a' is there twice"],
    ['{"agents":[{"id":"a","tool_ids":["tool-9"]}]}', "Invalid agent file schema: 'a' names 'tool-9'"],
    [
      '{"agents":[{"id":"a","block_ids":["b"]}],"blocks":[{"id":"b","label":"no spaces","value":""}]}',
      "Invalid agent file schema: blocks.0.label: ",
    ],
    [
      '{"agents":[{"id":"a","messages":[{"role":"user","content":"x","created_at":"yesterday"}]}]}',
      "Invalid agent file schema: agents.0.messages.0.created_at: ",
    ],
    [`{"agents":${"[".repeat(5000)}${"]".repeat(5000)}}`, "Invalid agent file schema: nested more than 200 deep"],
  ])("%.60s is refused, saying why", (text, detail) => {
    expect(refusal(text)).toEqual({ code: "bad-request", detail: expect.stringContaining(detail) });
  });
});
