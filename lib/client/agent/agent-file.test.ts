import { describe, expect, it } from "vitest";
import { agentFileHead, agentFileName, importForm, noteText, surprises } from "./agent-file";

describe("the head of an agent file", () => {
  it("is read from the current format", () => {
    const agents = [
      { id: "agent-0", name: "Ada", llm_config: { handle: "openai/gpt-4.1" }, messages: [{}, {}] },
      { id: "agent-1", messages: [{}] },
    ];
    expect(agentFileHead(JSON.stringify({ agents }))).toEqual({
      name: "Ada",
      model: "openai/gpt-4.1",
      agents: 2,
      messages: 3,
    });
  });

  it("is read from the older, flat format, and from JSON in a JSON string", () => {
    const flat = JSON.stringify({ name: "Old", llm_config: { model: "gpt-4" }, messages: [] });
    const head = { name: "Old", model: "gpt-4", agents: 1, messages: 0 };
    expect(agentFileHead(flat)).toEqual(head);
    expect(agentFileHead(JSON.stringify(flat))).toEqual(head);
  });

  it("is nothing for what is no agent file", () => {
    for (const text of ["", "hello", "[]", "{}", '{"agents":[]}', "null"]) expect(agentFileHead(text)).toBeNull();
  });
});

it("notes say what is missing and what is taken instead", () => {
  const note = (kind: Parameters<typeof noteText>[0]["kind"], wanted: string, used: string | null) =>
    noteText({ agent_id: null, kind, wanted, used });
  expect(note("model", "nobody/x", "openai/y")).toBe("The model nobody/x is not here: openai/y is taken instead.");
  expect(note("context_window", "90000", "8000")).toMatch(/8000 tokens: 90000 are more/);
  expect(note("tool", "gone", null)).toBe("The tool gone could not be made.");
  expect(note("embedding", "a/b", null)).toMatch(/searched by words/);
  const both = [
    { agent_id: null, kind: "model" as const, wanted: "nobody/x", used: "openai/y" },
    { agent_id: null, kind: "tool" as const, wanted: "gone", used: null },
  ];
  expect(surprises(both, "openai/y").map((one) => one.kind)).toEqual(["tool"]);
  expect(surprises(both, "").map((one) => one.kind)).toEqual(["model", "tool"]);
});

it("a file's name is safe on any disk", () => {
  expect(agentFileName("Ada the 2nd")).toBe("Ada_the_2nd.af");
  expect(agentFileName("../../etc/passwd")).toBe("etc_passwd.af");
  expect(agentFileName("Zoë/日本")).toBe("Zoë_日本.af");
  expect(agentFileName("???")).toBe("agent.af");
});

it("an import sends what was chosen, and leaves the rest to the file", () => {
  const file = new File(["{}"], "a.af");
  expect(Object.fromEntries(importForm({ file, name: " ", model: "", stripMessages: false }))).toEqual({
    file: expect.anything(),
    strip_messages: "false",
    append_copy_suffix: "false",
  });
  expect(Object.fromEntries(importForm({ file, name: "New", model: "a/b", stripMessages: true }))).toMatchObject({
    name: "New",
    model: "a/b",
    strip_messages: "true",
  });
});
