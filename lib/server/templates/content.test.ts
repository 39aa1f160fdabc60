import { describe, expect, test } from "vitest";
import { checkAgentFile } from "../agent-file/read-file";
import { readRef, readVersion } from "../agents/template-names";
import { fillContent, filled, toContent, variablesIn, variablesOf } from "./content";

const FILE = {
  agents: [
    {
      id: "agent-0",
      name: "Boss",
      system: "Serve {{user}}.",
      block_ids: ["block-0"],
      secrets: { KEY: "secret" },
      memory_variables: { user: "nobody" },
    },
    { id: "agent-1", name: "Worker", block_ids: ["block-1"], messages: [{ role: "user", content: "hi" }] },
  ],
  blocks: [
    { id: "block-0", label: "human", value: "{{ user }} likes {{food}}" },
    { id: "block-1", label: "human", value: "{{food}} {{unknown}}" },
  ],
};

describe("variables", () => {
  test("are found once each, with or without spaces, and nothing else is one", () => {
    expect(variablesIn("{{a}} {{ b.c }} {{a}} {d} {{}} {{two words}} {{x-y}}")).toEqual(["a", "b.c", "x-y"]);
  });

  test("are filled in where there is a value, whatever is in it, and stay where there is none", () => {
    expect(filled("{{a}}, {{b}}", { a: "{{b}} $& $1" })).toBe("{{b}} $& $1, {{b}}");
    expect(filled("{{constructor}} {{__proto__}}", {})).toBe("{{constructor}} {{__proto__}}");
  });

  test("of an agent are those of its prompt and its blocks", () => {
    const content = toContent(checkAgentFile(FILE), null);
    expect(content.agents.map((agent) => variablesOf(content, agent))).toEqual([
      ["user", "food"],
      ["food", "unknown"],
    ]);
  });

  test("have the template's own values until others are given", () => {
    const content = toContent(checkAgentFile(FILE), null);
    expect(fillContent(content, { food: "figs" }).agents[0]!.system).toBe("Serve nobody.");
    expect(fillContent(content, { food: "figs", user: "Ada" }).blocks.map((block) => block.value)).toEqual([
      "Ada likes figs",
      "figs {{unknown}}",
    ]);
  });
});

describe("a template's content", () => {
  test("has nothing that was lived, and no value of a secret", () => {
    const content = toContent(checkAgentFile(FILE), null);
    expect(content.agents[1]!.messages).toEqual([]);
    expect(JSON.stringify(content)).not.toContain('"secret"');
    expect(content.agents[0]!.secrets).toEqual({ KEY: "" });
  });

  test("calls its agents and blocks by names of their own, which a new file keeps", () => {
    const first = toContent(checkAgentFile(FILE), null);
    const again = toContent(
      checkAgentFile({ ...FILE, agents: FILE.agents.toReversed(), blocks: FILE.blocks.toReversed() }),
      first,
    );
    const ids = (content: typeof first) => [
      ...content.agents.map((agent) => [agent.name, agent.entity_id]),
      ...content.blocks.map((block) => [block.id, block.entity_id]),
    ];
    expect(new Map(ids(again) as [string, string][])).toEqual(new Map(ids(first) as [string, string][]));
    expect(new Set([...first.agents, ...first.blocks].map((one) => one.entity_id)).size).toBe(4);
  });
});

describe("the name of a version", () => {
  test.each([
    ["x", { name: "x", version: "latest" }],
    ["x:latest", { name: "x", version: "latest" }],
    ["x:current", { name: "x", version: "current" }],
    ["x:dev", { name: "x", version: "current" }],
    ["x:12", { name: "x", version: 12 }],
    ["project/x:1", { name: "x", version: 1 }],
  ] as const)("%s is read", (text, ref) => expect(readRef(text)).toEqual(ref));

  test.each(["x:0", "x:-1", "x:1.5", "x:newest", "x:"])("%s is refused", (text) =>
    expect(() => readRef(text)).toThrow(),
  );
  test("alone can be a number or a word", () =>
    expect([readVersion("3"), readVersion("latest")]).toEqual([3, "latest"]));
});
