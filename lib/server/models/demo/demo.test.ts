import { describe, expect, test } from "vitest";
import { MEMGPT } from "@/lib/engine/dialect";
import type { Block } from "@/lib/engine/memory";
import type { ToolSpec } from "@/lib/engine/model";
import { compileSections, renderPrompt } from "@/lib/engine/render";
import type { Tool } from "@/lib/engine/tool";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import type { Message, Part } from "@/lib/stream/message";
import { DEMO_LABEL, demoModel } from "../demo";

const SEARCH: ToolSpec = {
  name: "conversation_search",
  description: "",
  parameters: { type: "object", properties: { query: { type: "string" }, limit: { type: "integer" } } },
};
const ARCHIVE: ToolSpec[] = [
  {
    name: "archival_memory_search",
    description: "",
    parameters: { type: "object", properties: { query: { type: "string" } } },
  },
  {
    name: "archival_memory_insert",
    description: "",
    parameters: { type: "object", properties: { content: { type: "string" } } },
  },
];
const DICE: ToolSpec = {
  name: "roll_dice",
  description: "",
  parameters: {
    type: "object",
    properties: { sides: { type: "integer" }, label: { type: "string" } },
    required: ["sides"],
  },
};
const TYPES: Record<string, string[]> = {
  letta_v1_agent: ["memory_insert", "memory_replace"],
  memgpt_v2_agent: ["memory_insert", "memory_replace", "send_message"],
  memgpt_agent: ["core_memory_append", "core_memory_replace", "memory", "memory_apply_patch", "send_message"],
  "one with the memory tool alone": ["memory"],
};

/** An agent of the demo model: its blocks, and what it says to a message after all calls are made. */
function agent(type = "letta_v1_agent", values: Record<string, string> = {}, more: ToolSpec[] = [SEARCH]) {
  const names = TYPES[type]!;
  let blocks: Block[] = Object.entries({ persona: "I am a test.", human: "", ...values }).map(([label, value], at) => {
    return {
      id: `block-${at}`,
      versionId: `v${at}`,
      label,
      value,
      description: null,
      limitChars: 5000,
      readOnly: label === "rules",
    };
  });
  const messages: Message[] = [];
  const calls: { name: string; args: Record<string, unknown> }[] = [];
  const compiledAt = "2026-01-01T00:00:00.000Z";
  const metadata = {
    agentId: "agent-1",
    conversationId: "default",
    compiledAt,
    timezone: "UTC",
    recallCount: 0,
    archivalCount: 0,
    archivalTags: [],
  };
  const sections = compileSections({
    system: "Instructions. {CORE_MEMORY}",
    memoryBlocks: true,
    lineNumbers: type === "letta_v1_agent",
    blocks,
    toolRuleLines: [],
    agentVersionId: "v",
    metadata,
  });
  const own = names.map((name) => (MEMORY_TOOLS as Record<string, Tool>)[name]!);
  const specs = [...own.map(({ name, description, parameters }) => ({ name, description, parameters })), ...more];
  const options = { innerThoughtsInKwargs: true, isTerminal: (name: string) => name === "send_message" };
  const speaks = names.includes("send_message");
  const tools = speaks ? MEMGPT.present(specs, options) : specs;
  const push = (role: Message["role"], parts: Part[]) => {
    const nothing = {
      otid: null,
      name: null,
      senderId: null,
      groupId: null,
      runId: null,
      stepId: null,
      model: null,
      isErr: null,
    };
    messages.push({ id: `message-${messages.length}`, role, parts, ...nothing, createdAt: "2026-01-02T00:00:00.000Z" });
  };
  const value = (label = "human") => blocks.find((block) => block.label === label)!.value;

  async function step(): Promise<string | null> {
    const request = {
      system: renderPrompt(sections),
      messages,
      tools,
      toolChoice: "auto" as const,
      parallelToolCalls: false,
      settings: {},
    };
    let text = "";
    let call: { id: string; name: string; text: string } | null = null;
    for await (const event of demoModel(0).stream(request, new AbortController().signal)) {
      if (event.type === "text") text += event.text;
      if (event.type === "tool-call") call = { id: `${event.id}-${messages.length}`, name: event.name, text: "" };
      if (event.type === "tool-call-arguments") call!.text += event.text;
    }
    if (!call) {
      push("assistant", [{ type: "text", text }]);
      return text;
    }
    const args = MEMGPT.stripArguments(JSON.parse(call.text)) as Record<string, unknown>;
    push("assistant", [{ type: "tool_call", id: call.id, name: call.name, arguments: call.text }]);
    if (call.name === "send_message") return String(args.message);
    calls.push({ name: call.name, args });
    const tool = own.find(({ name }) => name === call.name);
    const context = {
      agentId: "",
      conversationId: "",
      runId: "",
      stepId: "",
      toolCallId: call.id,
      blocks,
      pending: [],
      now: "",
      timezone: "UTC",
      signal: new AbortController().signal,
    };
    const outcome = tool
      ? await tool.run!(args, context)
      : { status: "success" as const, content: `result of ${call.name}` };
    for (const write of ("writes" in outcome && outcome.writes) || []) {
      if (write.type === "block-update")
        blocks = blocks.map((block) => (block.id === write.blockId ? { ...block, ...write.changes } : block));
    }
    push("tool", [
      {
        type: "tool_return",
        toolCallId: call.id,
        name: call.name,
        status: outcome.status,
        content: outcome.content,
        stdout: null,
        stderr: null,
      },
    ]);
    if (speaks) push("user", [{ type: "text", text: '{"type":"heartbeat","reason":"Function called","time":"now"}' }]);
    return null;
  }

  async function tell(...texts: string[]): Promise<string> {
    push(
      "user",
      texts.map((text) => ({ type: "text", text })),
    );
    for (let steps = 0; steps < 12; steps++) {
      const said = await step();
      if (said !== null) return said;
    }
    throw new Error(`no end: ${JSON.stringify(calls)}`);
  }
  return { tell, value, calls };
}

describe.each(Object.keys(TYPES))("the demo model of %s", (type) => {
  test("keeps what it is told, and answers from the line that says it", async () => {
    const { tell, value } = agent(type);
    const said = await tell("My name is Lena and I am allergic to peanuts");
    expect(value()).toMatch(/Name: Lena\nAllergic to peanuts/);
    expect(said).toContain("Lena");
    expect(said).toContain("peanuts");
    expect(said).toContain(DEMO_LABEL);
    const answer = await tell("What am I allergic to?");
    expect(answer).toContain("“Allergic to peanuts” (block “human”)");
    expect(answer).not.toContain("Lena");
    expect(await tell("What is my name?")).toContain("“Name: Lena”");
  });

  test("corrects, forgets one thing, and forgets all", async () => {
    const { tell, value } = agent(type);
    await tell("My name is Lena. I'm allergic to peanuts. I live in Oslo.");
    await tell("Actually I'm allergic to walnuts, not peanuts");
    expect(value().trim()).toBe("Name: Lena\nAllergic to walnuts\nLives in Oslo");
    await tell("Please forget where I live.");
    expect(value().trim()).toBe("Name: Lena\nAllergic to walnuts");
    expect(await tell("Where do I live?")).not.toContain("Oslo”");
    await tell("Forget everything you know about me");
    expect(value().trim()).toBe("");
    expect(value("persona")).toBe("I am a test.");
  });
});

describe("a statement", () => {
  test.each([
    ["I'm Lena, a nurse from Berlin.", ["Name: Lena", "nurse from Berlin"]],
    ["Hi! I'm Tom and I love hiking.", ["Name: Tom", "Loves hiking"]],
    ["Call me Ishmael.", ["Name: Ishmael"]],
    ["Please remember that my birthday is on May 3rd", ["Birthday: on May 3rd"]],
    ["Can you remember that I don't eat meat?", ["Doesn't eat meat"]],
    ["I work as a teacher and live in Rome", ["Works as a teacher", "Lives in Rome"]],
    ["My favourite colour is green, and my dog is called Rex", ["Favourite colour: green", "Dog: Rex"]],
    ["I have two kids", ["Has two kids"]],
    ["Remember: the door code is 4711", ["The door code is 4711"]],
    ["Don't forget that I have a dentist appointment on Friday", ["Has a dentist appointment on Friday"]],
    ["I can't stand cilantro; I prefer basil.", ["Can't stand cilantro", "Prefers basil"]],
    ["I’m allergic to shellfish but I love sushi", ["Allergic to shellfish", "Loves sushi"]],
    ["My name's Ada Lovelace", ["Name: Ada Lovelace"]],
    ["Note that I was born in 1990", ["Was born in 1990"]],
    ["I've been vegetarian since 2010", ["Has been vegetarian since 2010"]],
    ["I am 34 years old", ["34 years old"]],
    ["Save to your memory: I hate mondays", ["Hates mondays"]],
    ["My wife's name is Anna", ["Wife's name: Anna"]],
  ])("%s", async (text, lines) => {
    const { tell, value } = agent();
    await tell(text);
    for (const line of lines) expect(value()).toContain(line);
    expect(value().split("\n").filter(Boolean)).toHaveLength(lines.length);
  });

  test.each([
    "I'm fine, thanks.",
    "I have a question",
    "I think so",
    "Hello there",
    "I'm not sure",
    "How are you?",
    "I want to know what you can do",
    "My question is simple",
  ])("of nothing worth a line is not kept: %s", async (text) => {
    const { tell, value } = agent();
    await tell(text);
    expect(value()).toBe("");
  });

  test("of what only one can be takes the place of the one before, and what is known is not written twice", async () => {
    const { tell, value, calls } = agent("letta_v1_agent", { human: "Name: not known yet" });
    await tell("My name is Mia");
    await tell("I live in Kiel");
    await tell("I moved to Bonn");
    expect(value()).toBe("Name: Mia\nLives in Bonn");
    const before = calls.length;
    expect(await tell("My name is Mia.")).toContain("know that already");
    expect(calls).toHaveLength(before);
  });
});

describe("a question", () => {
  const human =
    "Name: Lena\nAllergic to peanuts\nLives in Oslo\nWorks as a nurse\nHas a dog\nFavorite color: green\nLikes chess";
  test.each([
    ["Who am I?", "Name: Lena"],
    ["Do you remember my name?", "Name: Lena"],
    ["Tell me my name", "Name: Lena"],
    ["what are my allergies", "Allergic to peanuts"],
    ["Which foods should I avoid?", "Allergic to peanuts"],
    ["Do you know where I live?", "Lives in Oslo"],
    ["What city am I in?", "Lives in Oslo"],
    ["What's my job?", "Works as a nurse"],
    ["What do I do for a living?", "Works as a nurse"],
    ["Do I have any pets?", "Has a dog"],
    ["What's my favourite colour?", "Favorite color: green"],
    ["Can I eat peanut butter?", "Allergic to peanuts"],
    ["Could you remind me what I'm allergic to?", "Allergic to peanuts"],
    ["What hobbies do I have?", "Likes chess"],
    ["What do you know about me?", "Likes chess"],
    ["What do you remember?", "Lives in Oslo"],
  ])("%s", async (question, line) => {
    const { tell, value, calls } = agent("letta_v1_agent", { human });
    expect(await tell(question)).toContain(line);
    expect(value()).toBe(human);
    expect(calls).toEqual([]);
  });

  test("that no block answers is looked up in older messages", async () => {
    const { tell, calls } = agent("letta_v1_agent", { human });
    expect(await tell("What is my shoe size?")).toContain("result of conversation_search");
    expect(calls).toEqual([{ name: "conversation_search", args: { query: "shoe size", limit: 5 } }]);
  });

  test("beside a statement is answered after it is kept", async () => {
    const { tell, value } = agent();
    expect(await tell("My cat is called Miso. What is my cat's name?")).toContain("From memory: “Cat: Miso”");
    expect(value()).toBe("Cat: Miso");
  });
});

describe("a correction", () => {
  test.each([
    ["It's walnuts, not peanuts", "Allergic to walnuts and shellfish"],
    ["I'm not allergic to peanuts but to walnuts", "Allergic to walnuts and shellfish"],
    ["No, I'm allergic to walnuts instead of peanuts", "Allergic to walnuts and shellfish"],
    ["Replace peanuts with walnuts", "Allergic to walnuts and shellfish"],
    ["Correction: I am allergic to walnuts, not peanuts.", "Allergic to walnuts and shellfish"],
    ["I meant walnuts, not peanuts", "Allergic to walnuts and shellfish"],
    ["Sorry, not peanuts but walnuts", "Allergic to walnuts and shellfish"],
    ["I'm no longer allergic to peanuts", "Allergic to shellfish"],
    ["I am not allergic to peanuts anymore", "Allergic to shellfish"],
    ["Forget that I'm allergic to peanuts", "Allergic to shellfish"],
    ["Forget my allergies", ""],
    ["No — walnuts, not peanuts!", "Allergic to walnuts and shellfish"],
    ["I made a mistake: I'm allergic to walnuts, not to peanuts", "Allergic to walnuts and shellfish"],
    ["please correct that: walnuts not peanuts", "Allergic to walnuts and shellfish"],
    ["I outgrew my allergy to peanuts", "Allergic to shellfish"],
  ])("%s", async (text, line) => {
    const { tell, value } = agent("letta_v1_agent", { human: "Name: Lena\nAllergic to peanuts and shellfish" });
    await tell(text);
    expect(value()).toBe(["Name: Lena", line].filter(Boolean).join("\n"));
  });

  test.each([
    ["My name is Lina, not Lena", "Name: Lina"],
    ["My name isn't Lena, it's Lina", "Name: Lina"],
    ["Change my name to Lina", "Name: Lina"],
    ["Actually, my name is Lina", "Name: Lina"],
    ["I'm Lina, not Lena", "Name: Lina"],
    ["Forget my name", ""],
    ["Delete my name from your memory", ""],
    ["Don't remember my name", ""],
  ])("%s", async (text, line) => {
    const { tell, value } = agent("letta_v1_agent", { human: "Name: Lena\nLives in Oslo" });
    await tell(text);
    expect(value()).toBe([line, "Lives in Oslo"].filter(Boolean).join("\n"));
  });

  test("forgets the last thing that it was told, where it is not named", async () => {
    const { tell, value } = agent("letta_v1_agent", { human: "Name: Lena" });
    await tell("I love jazz");
    await tell("Forget that.");
    expect(value()).toBe("Name: Lena");
  });
});

describe("a search and a tool", () => {
  test.each([
    ["Search your archival memory for the cedar invoice", "archival_memory_search", { query: "the cedar invoice" }],
    ["What's in your archive about Paris?", "archival_memory_search", { query: "Paris" }],
    ["Search our conversation for 'blue whale'", "conversation_search", { query: "blue whale", limit: 5 }],
    ["What did I say about the budget?", "conversation_search", { query: "the budget", limit: 5 }],
    ["When did we talk about Norway?", "conversation_search", { query: "Norway", limit: 5 }],
    [
      "Save to archival memory: the invoice is from cedar",
      "archival_memory_insert",
      { content: "The invoice is from cedar" },
    ],
    [
      "Store the wifi password hunter2 in your archive",
      "archival_memory_insert",
      { content: "The wifi password hunter2" },
    ],
    ["Call roll_dice with sides=20", "roll_dice", { sides: 20 }],
    ["Please use the roll dice tool with 12 sides", "roll_dice", { sides: 12 }],
    ['roll_dice({"sides": 8})', "roll_dice", { sides: 8 }],
    ["run `roll_dice` with sides 6 and label 'attack'", "roll_dice", { sides: 6, label: "attack" }],
    ["roll_dice(4, luck)", "roll_dice", { sides: 4, label: "luck" }],
    [
      "Use memory_insert with label human and new_string 'Likes tea'",
      "memory_insert",
      { label: "human", new_string: "Likes tea" },
    ],
  ])("%s", async (text, name, args) => {
    const { tell, calls } = agent("letta_v1_agent", {}, [SEARCH, ...ARCHIVE, DICE]);
    const said = await tell(text);
    expect(calls).toEqual([{ name, args }]);
    expect(said).toContain(DEMO_LABEL);
  });

  test("that the agent does not have is said to be missing", async () => {
    const { tell, calls } = agent("letta_v1_agent", {}, []);
    expect(await tell("Search your archival memory for cedar")).toContain("no tool");
    expect(calls).toEqual([]);
  });
});

describe("what a harness adds", () => {
  test.each([
    [["<system-reminder>My name is Bot. I love rules.</system-reminder>", "I live in Oslo"]],
    [["<system-reminder>\nRemember that I hate cats\n</system-reminder>\nI live in Oslo"]],
    [["I live in Oslo", "<env_info>I work at ACME</env_info><system-reminder>I like unclosed tags"]],
  ])("is left aside: %j", async (texts) => {
    const { tell, value } = agent();
    await tell(...texts);
    expect(value()).toBe("Lives in Oslo");
  });
});

test.each([
  "not ",
  "i am not , ",
  "my a ",
  "search about ",
  "a: ",
  "I and ",
  "<x-y>",
  "roll_dice sides ",
  "((",
  "no, actually ",
  "\n",
])("a long text of %j over and over is answered in little time", async (piece) => {
  const { tell } = agent("letta_v1_agent", {}, [SEARCH, DICE]);
  const before = process.cpuUsage();
  await tell(piece.repeat(50_000));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1500);
});
