import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import type { RecordedSearch } from "../search/search";
import { makeAgent, makeArchive, say, store } from "../search/testing/fixtures";
import { openTestCore, type TestCore } from "../testing/harness";
import { searchTools } from "./search-tools";

let t: TestCore;
let tools: Record<string, Tool>;
beforeAll(async () => {
  t = await openTestCore();
  tools = searchTools(t.ctx);
});
afterAll(() => t.close());

function run(name: string, args: Record<string, unknown>, agentId: string): Promise<ToolOutcome> {
  const call: ToolContext = {
    agentId,
    conversationId: "conv",
    runId: "run-now",
    stepId: "step",
    toolCallId: "c",
    blocks: [],
    pending: [],
    now: "2026-05-10T12:00:00.000Z",
    timezone: "Europe/Berlin",
    signal: new AbortController().signal,
  };
  return tools[name]!.run!(args, call);
}

describe("conversation_search", () => {
  test("returns what was said, without tool messages and its own calls", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    await say(t.ctx.db, conversationId, [
      { text: "my dentist is Dr. Vega", at: "2026-05-10T11:00:00.000Z" },
      {
        role: "tool",
        parts: [
          {
            type: "tool_return",
            toolCallId: "c",
            name: "x",
            status: "success",
            content: "dentist",
            stdout: null,
            stderr: null,
          },
        ],
      },
      {
        role: "assistant",
        runId: "run-now",
        parts: [
          { type: "text", text: "I look for the dentist" },
          { type: "tool_call", id: "d", name: "conversation_search", arguments: "{}" },
        ],
      },
    ]);
    const outcome = await run("conversation_search", { query: "dentist" }, agentId);
    expect(outcome.status).toBe("success");
    expect(JSON.parse(outcome.content as string)).toEqual({
      message: "Showing 1 results:",
      results: [
        {
          timestamp: "2026-05-10T13:00:00+02:00",
          time_ago: "1h ago",
          role: "user",
          relevance: { rrf_score: 1, vector_rank: null, fts_rank: 1 },
          content: "my dentist is Dr. Vega",
        },
      ],
    });
    const nothing = await run("conversation_search", { query: "zebra", roles: ["tool"] }, agentId);
    expect(JSON.parse(nothing.content as string)).toEqual({ message: "No results found.", results: [] });
  });

  test("goes by dates alone, and refuses what is no date", async () => {
    const { agentId, conversationId } = await makeAgent(t.ctx.db);
    // 23:30 on the 1st in UTC is the 2nd in Berlin.
    await say(t.ctx.db, conversationId, [
      { text: "first", at: "2026-05-01T12:00:00.000Z" },
      { text: "second", at: "2026-05-01T23:30:00.000Z" },
    ]);
    const outcome = await run("conversation_search", { start_date: "2026-05-02" }, agentId);
    const { results } = JSON.parse(outcome.content as string) as { results: Record<string, unknown>[] };
    expect(results.map((one) => one.content)).toEqual(["second"]);
    expect(results[0]).not.toHaveProperty("relevance");
    expect(await run("conversation_search", { start_date: "soon" }, agentId)).toMatchObject({
      status: "error",
      content: expect.stringContaining("Invalid start_date format: soon"),
    });
  });
});

describe("archival memory", () => {
  test("archival_memory_search returns a Python list and leaves its record", async () => {
    const { agentId } = await makeAgent(t.ctx.db);
    const archive = await makeArchive(t.ctx.db, { agentId });
    const unattached = await makeArchive(t.ctx.db);
    const [id] = await store(t.ctx.db, archive, [
      { text: "Maria's cedar", tags: ["garden"], at: "2026-05-01T10:00:00.000Z" },
    ]);
    await store(t.ctx.db, unattached, ["another cedar"]);
    const outcome = await run("archival_memory_search", { query: "cedar", tags: ["garden"], top_k: 3 }, agentId);
    expect(outcome.content).toBe(
      `[{'id': '${id}', 'timestamp': '2026-05-01T12:00:00+02:00', 'content': "Maria's cedar", 'tags': ['garden'], 'relevance': {'rrf_score': 1, 'vector_rank': None, 'fts_rank': 1}}]`,
    );
    expect(outcome.writes).toHaveLength(1);
    const write = outcome.writes![0]! as { type: string; search: RecordedSearch };
    expect(write.type).toBe("passage-search");
    expect(write.search).toMatchObject({
      query: "cedar",
      mode: "text",
      filters: { archiveIds: [archive], tags: ["garden"], limit: 3 },
    });
    expect(write.search.candidates).toMatchObject([{ passageId: id, rank: 1, returned: true }]);
  });

  test("archival_memory_search without archive or query", async () => {
    const { agentId } = await makeAgent(t.ctx.db);
    const outcome = await run("archival_memory_search", { query: "cedar" }, agentId);
    expect(outcome).toMatchObject({ status: "success", content: "[]" });
    expect(outcome.writes).toHaveLength(1);
    expect(await run("archival_memory_search", {}, agentId)).toMatchObject({ status: "error" });
  });

  test("archival_memory_insert asks for the passage and returns None", async () => {
    expect(await run("archival_memory_insert", { content: "a note\0", tags: ["a", "a"] }, "agent")).toEqual({
      status: "success",
      content: "None",
      writes: [{ type: "passage-insert", text: "a note", tags: ["a"] }],
    });
    expect(await run("archival_memory_insert", {}, "agent")).toMatchObject({ status: "error" });
  });
});
