import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls } from "@/lib/engine/testing/scripted-model";
import { numberLines, readNumberedLines } from "@/lib/engine/tools/voice-tools";
import { toolReturnsOf } from "@/lib/stream/message";
import { loadConversation } from "../run/load";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function makeAgent(body: Record<string, unknown>): Promise<WireAgent> {
  return (await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", ...body })).body;
}
const keeper = () =>
  makeAgent({ agent_type: "voice_sleeptime_agent", memory_blocks: [{ label: "human", value: "Nothing known." }] });

/** What the tools of an agent returned last, in order. */
async function returns(agentId: string) {
  const { transcript } = await loadConversation(t.ctx, { agentId });
  return transcript
    .flatMap(toolReturnsOf)
    .map(({ name, status, content }) => ({ name, status, content: String(content) }));
}

const LINES = ["user: my name is Ada", "assistant: hello Ada", "user: I keep bees\nand 3: goats"];

describe("numbered lines", () => {
  test("are read back, and a message can't pass for several", () => {
    const text = `Here they are:\n${numberLines(LINES)}\nThat is all.`;
    expect([...readNumberedLines(text)]).toEqual([
      [0, "user: my name is Ada"],
      [1, "assistant: hello Ada"],
      [2, "user: I keep bees and 3: goats"],
    ]);
  });
});

describe("the agent that keeps a voice agent's memory", () => {
  test("has its tools, and ends with finish_rethinking_memory", async () => {
    const agent = await keeper();
    expect(agent.tools.map((tool) => tool.name).sort()).toEqual([
      "finish_rethinking_memory",
      "rethink_user_memory",
      "store_memories",
    ]);
    t.push(
      calls({
        id: "c1",
        name: "store_memories",
        args: {
          chunks: [{ start_index: 0, end_index: 1, context: "Ada introduces herself." }],
          request_heartbeat: true,
        },
      }),
      calls({
        id: "c2",
        name: "rethink_user_memory",
        args: { new_memory: "Ada keeps bees.", request_heartbeat: true },
      }),
      calls({ id: "c3", name: "finish_rethinking_memory", args: {} }),
    );
    const { stopReason } = await t.say({ agentId: agent.id }, numberLines(LINES));
    expect(stopReason).toBe("end_turn");
    const block = await t.api<{ value: string }>("GET", `/v1/agents/${agent.id}/core-memory/blocks/human`);
    expect(block.body.value).toBe("Ada keeps bees.");
    const passages = await t.api<{ text: string }[]>("GET", `/v1/agents/${agent.id}/archival-memory`);
    expect(passages.body.map((one) => one.text)).toEqual([
      "Ada introduces herself.\n\nuser: my name is Ada\nassistant: hello Ada",
    ]);
    const [version] = await t.core.db.query<{ operation: string; cause: { toolCall?: string } }>(
      "SELECT operation, cause FROM block_version WHERE block_id = $1 ORDER BY seq DESC LIMIT 1",
      [agent.blocks[0]!.id],
    );
    expect(version).toMatchObject({ operation: "rethink_user_memory", cause: { toolCall: "c2" } });
  });

  test("is told of lines that there are not, and nothing is stored", async () => {
    const agent = await keeper();
    const chunk = (start_index: number, end_index: number) => ({ start_index, end_index, context: "x" });
    t.push(
      calls({
        id: "c1",
        name: "store_memories",
        args: { chunks: [chunk(0, 0), chunk(1, 9)], request_heartbeat: true },
      }),
      calls({ id: "c2", name: "store_memories", args: { chunks: [], request_heartbeat: true } }),
      calls({ id: "c3", name: "finish_rethinking_memory", args: {} }),
    );
    await t.say({ agentId: agent.id }, numberLines(LINES));
    expect((await returns(agent.id)).map(({ status }) => status)).toEqual(["error", "error", "success"]);
    expect((await returns(agent.id))[0]!.content).toBe("There are no lines from 1 to 9: the conversation has 0 to 2.");
    expect((await t.api<unknown[]>("GET", `/v1/agents/${agent.id}/archival-memory`)).body).toEqual([]);
  });
});

describe("search_memory", () => {
  test("finds what was said before and notes, in a span of time, without what is being said", async () => {
    const agent = await makeAgent({
      agent_type: "voice_convo_agent",
      memory_blocks: [{ label: "human", value: "x" }],
      initial_message_sequence: [],
    });
    const speak = (message: string) => calls({ id: crypto.randomUUID(), name: "send_message", args: { message } });
    t.push(speak("Goats, how nice."));
    await t.say({ agentId: agent.id }, "I have two goats");
    await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "Her goats are called Ole and Per" });
    const search = async (args: Record<string, unknown>) => {
      t.push(
        calls({ id: crypto.randomUUID(), name: "search_memory", args: { request_heartbeat: true, ...args } }),
        speak("Ole and Per."),
      );
      const { stopReason } = await t.say({ agentId: agent.id }, "what are my goats called?");
      expect(stopReason).toBe("end_turn");
      const found = (await returns(agent.id)).findLast((one) => one.name === "search_memory")!;
      expect(found.status).toBe("success");
      return JSON.parse(found.content) as { results: { content: string }[]; notes: { content: string }[] };
    };
    const found = await search({ convo_keyword_queries: ["goats"] });
    expect(found.results.map((one) => one.content)).toEqual(
      expect.arrayContaining(["I have two goats", "Goats, how nice."]),
    );
    expect(found.results.map((one) => one.content)).not.toContain("what are my goats called?");
    expect(found.notes.map((one) => one.content)).toEqual(["Her goats are called Ole and Per"]);
    const old = await search({ convo_keyword_queries: ["goats"], start_minutes_ago: 60, end_minutes_ago: 30 });
    expect(old).toMatchObject({ message: "No results found.", results: [], notes: [] });
    const swapped = await search({ convo_keyword_queries: ["goats"], start_minutes_ago: 0, end_minutes_ago: 60 });
    expect(swapped.results.length).toBeGreaterThan(0);
    const events = await t.core.db.prisma.passageEvent.findMany({ where: { agentId: agent.id, type: "search" } });
    expect(events.length).toBe(3);
  });
});

describe("a voice agent", () => {
  test("is not asked to think aloud before it speaks", async () => {
    const agent = await makeAgent({ agent_type: "voice_convo_agent", memory_blocks: [] });
    t.push(calls({ id: "c1", name: "send_message", args: { message: "Hi." } }));
    await t.say({ agentId: agent.id }, "hello");
    const tools = t.requests.at(-1)!.tools;
    expect(tools.map((tool) => tool.name).sort()).toEqual(["search_memory", "send_message"]);
    expect(JSON.stringify(tools)).not.toContain('"thinking"');
    const other = await makeAgent({ agent_type: "memgpt_v2_agent", memory_blocks: [] });
    t.push(calls({ id: "c1", name: "send_message", args: { message: "Hi." } }));
    await t.say({ agentId: other.id }, "hello");
    expect(JSON.stringify(t.requests.at(-1)!.tools)).toContain('"thinking"');
  });
});
