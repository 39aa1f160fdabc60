import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, makeAgent, type Rig, startRig, UNKNOWN } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const generate = (agentId: string, body: Record<string, unknown>) =>
  http(rig, "POST", `/v1/agents/${agentId}/generate`, { body });

describe("generate", () => {
  it("asks the agent's model with the prompt alone, and keeps no message", async () => {
    const agent = await makeAgent(rig, {
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "Secret" }],
    });
    rig.model.push({ text: "Four.", usage: { prompt_tokens: 9, completion_tokens: 2 } });
    const { status, body } = await generate(agent.id, { prompt: "2+2?", system_prompt: "Be brief." });
    expect(status).toBe(200);
    expect(body).toEqual({
      content: "Four.",
      model: "openai/scripted",
      usage: {
        message_type: "usage_statistics",
        completion_tokens: 2,
        prompt_tokens: 9,
        total_tokens: 11,
        step_count: 1,
        run_ids: null,
        cached_input_tokens: null,
        cache_write_tokens: null,
        reasoning_tokens: null,
        context_tokens: null,
      },
    });
    expect(rig.model.requests[0]?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "2+2?" },
    ]);
    expect(rig.model.requests[0]?.tools).toBeUndefined();
    expect((await rig.letta.agents.messages.list(agent.id)).items.length).toBe(1);
    expect(await all(rig.letta.runs.list({ agent_id: agent.id }))).toEqual([]);
  });

  it("takes another model and a schema, and goes without a system prompt", async () => {
    const agent = await makeAgent(rig);
    const response_schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    rig.model.push({ text: '{"n":4}' });
    const { body } = await generate(agent.id, { prompt: "2+2?", override_model: "openai/scripted-2", response_schema });
    expect(body).toMatchObject({ content: '{"n":4}', model: "openai/scripted-2" });
    expect(rig.model.requests[0]).toMatchObject({
      model: "scripted-2",
      messages: [{ role: "user" }],
      response_format: { type: "json_schema", json_schema: { name: "response", schema: response_schema } },
    });
  });

  it("refuses an empty prompt, an unknown agent and an unknown model; a failing model is a 502", async () => {
    const agent = await makeAgent(rig);
    for (const prompt of ["", "  \n"]) expect((await generate(agent.id, { prompt })).status).toBe(422);
    expect((await generate(`agent-${UNKNOWN}`, { prompt: "x" })).status).toBe(404);
    expect((await generate(agent.id, { prompt: "x", override_model: "openai/none" })).status).toBe(404);
    const formless = await generate(agent.id, { prompt: "x", response_schema: {} });
    expect([formless.status, JSON.stringify(formless.body)]).toEqual([
      400,
      expect.stringContaining("models take only a schema whose type is object"),
    ]);
    rig.model.push({ status: 400, body: { error: { message: "no" } } });
    const failed = await generate(agent.id, { prompt: "x" });
    expect(failed.status).toBe(502);
    expect(failed.body).toMatchObject({ error: { type: "llm_bad_request" } });
  });
});

describe("the preview of a request", () => {
  it("is what the provider is sent when the request is sent, and changes nothing", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "Ann" }] });
    const body = {
      messages: [{ role: "user", content: "hello" }],
      client_tools: [
        { name: "camera", description: "Takes a picture", parameters: { type: "object", properties: {} } },
      ],
      client_skills: [{ name: "rhyme", description: "Finds rhymes", location: "x" }],
      override_model: "openai/scripted-2",
    };
    const preview = await http(rig, "POST", `/v1/agents/${agent.id}/messages/preview-raw-payload`, { body });
    expect(preview.status, preview.text).toBe(200);
    expect(rig.model.requests).toEqual([]);
    expect((await rig.letta.agents.messages.list(agent.id)).items.length).toBe(1);
    expect(await all(rig.letta.runs.list({ agent_id: agent.id }))).toEqual([]);
    await http(rig, "POST", `/v1/agents/${agent.id}/messages`, { body });
    const untimed = (value: unknown) => JSON.stringify(value).replaceAll(/last recompiled: [^\\]*/g, "");
    expect(untimed(preview.body)).toBe(untimed(rig.model.requests[0]));
  });

  it("is there for conversations, with their own model and messages, images among them", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id, model: "openai/scripted-2" });
    const send = (path: string, content: unknown) =>
      http(rig, "POST", `/v1/conversations/${conversation.id}/messages${path}`, {
        body: { messages: [{ role: "user", content }], streaming: false },
      });
    await send("", "first");
    const data = "iVBORw0KGgo=";
    const content = [{ type: "image", source: { type: "base64", media_type: "image/png", data } }];
    const preview = await send("/preview-raw-payload", content);
    expect(preview.body).toMatchObject({ model: "scripted-2" });
    expect(preview.text).toContain("first");
    expect(preview.text).toContain(`data:image/png;base64,${data}`);
    const unknown = await http(rig, "POST", `/v1/conversations/conv-${UNKNOWN}/messages/preview-raw-payload`, {
      body: { input: "x" },
    });
    expect(unknown.status).toBe(404);
  });
});

describe("what old clients ask for", () => {
  it("a message can't be changed", async () => {
    const agent = await makeAgent(rig);
    const [message] = (await rig.letta.agents.messages.list(agent.id)).items;
    const answer = await http(rig, "PATCH", `/v1/agents/${agent.id}/messages/${message!.id}`, {
      body: { message_type: "user_message", content: "other" },
    });
    expect(answer.status).toBe(405);
  });

  it("the prompt is rendered anew at its old address too", async () => {
    const agent = await makeAgent(rig, { system: "You are plain." });
    const answer = await http(rig, "POST", `/v1/agents/${agent.id}/system-prompt/recompile?dry_run=true`);
    expect(answer.body).toContain("You are plain.");
  });
});

describe("memory as files", () => {
  it("has a file for each block, with its history and every version of it", async () => {
    const agent = await makeAgent(rig, {
      memory_blocks: [
        { label: "human", value: "v1" },
        { label: "notes/garden", value: "beds" },
      ],
    });
    await rig.letta.agents.blocks.update("human", { agent_id: agent.id, value: "v2" });
    const get = (path: string) => http(rig, "GET", `/v1/agents/${agent.id}/memory-files/${path}`);
    expect((await get("directory")).body).toEqual({
      path: "",
      entries: [
        { name: "human.md", type: "file" },
        { name: "notes", type: "directory" },
      ],
      depth: 1,
    });
    expect((await get("directory?path=notes")).body).toMatchObject({ entries: [{ name: "garden.md", type: "file" }] });
    const history = (await get("history?file_path=human.md")).body as {
      commits: { sha: string; author_name: string }[];
    };
    expect(history.commits.length).toBe(2);
    const [head, first] = history.commits;
    expect((await get("content?file_path=human.md")).body).toEqual({ path: "human.md", content: "v2", ref: head!.sha });
    expect((await get(`content?file_path=human.md&ref=${first!.sha}`)).body).toMatchObject({ content: "v1" });
    expect((await get("content?file_path=none.md")).status).toBe(404);
    expect((await get("content?file_path=human.md&ref=nothing")).status).toBe(404);
    expect((await get("directory?path=none")).status).toBe(404);
  });
});
