import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { http, MODEL, makeAgent, type Rig, said, startRig } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const schema = (key: string) => ({ type: "object", properties: { [key]: { type: "string" } }, required: [key] });
const format = (key: string, strict?: boolean) => ({
  type: "json_schema" as const,
  json_schema: { name: "answer", schema: schema(key), ...(strict === undefined ? {} : { strict }) },
});
/** What the provider was asked for last. */
const asked = () => rig.model.requests.at(-1)?.response_format;
const sent = (key: string, strict = false) => ({
  type: "json_schema",
  json_schema: { name: "answer", schema: schema(key), strict },
});

describe("the form of answers", () => {
  it("of an agent is asked of its model, and is shown in its settings", async () => {
    const agent = await makeAgent(rig, { response_format: format("city", true) });
    expect(agent.model_settings).toMatchObject({ response_format: format("city", true) });
    rig.model.push({ text: '{"city":"Oslo"}' });
    const reply = await rig.letta.agents.messages.create(agent.id, { input: "where?" });
    expect(said(reply.messages)).toBe('{"city":"Oslo"}');
    expect(asked()).toEqual(sent("city", true));
  });

  it("may be any JSON, or plain text", async () => {
    const json = await makeAgent(rig, { response_format: { type: "json_object" } });
    await rig.letta.agents.messages.create(json.id, { input: "x" });
    expect(asked()).toEqual({ type: "json_object" });
    const text = await makeAgent(rig, { response_format: { type: "text" } });
    await rig.letta.agents.messages.create(text.id, { input: "x" });
    expect(asked()).toBeUndefined();
  });

  it("of model settings is used, and changes with them", async () => {
    const agent = await makeAgent(rig, {
      model_settings: { provider_type: "openai", response_format: format("a"), strict: true },
    });
    await rig.letta.agents.messages.create(agent.id, { input: "x" });
    expect(asked()).toEqual(sent("a", true));
    await rig.letta.agents.update(agent.id, {
      model_settings: { provider_type: "openai", response_format: format("b") },
    });
    await rig.letta.agents.messages.create(agent.id, { input: "x" });
    expect(asked()).toEqual(sent("b"));
  });

  it("of a conversation stands over the agent's, and that of a request over both", async () => {
    const agent = await makeAgent(rig, { response_format: format("agent") });
    const conversation = await rig.letta.conversations.create({
      agent_id: agent.id,
      model: MODEL,
      model_settings: { provider_type: "openai", response_format: format("conversation") },
    });
    const path = `/v1/conversations/${conversation.id}/messages`;
    await http(rig, "POST", path, { body: { input: "x", streaming: false } });
    expect(asked()).toEqual(sent("conversation"));
    await http(rig, "POST", path, { body: { input: "x", streaming: false, response_format: format("request") } });
    expect(asked()).toEqual(sent("request"));
    await http(rig, "POST", path, { body: { input: "x", streaming: false } });
    expect(asked()).toEqual(sent("conversation"));
  });

  it("of an OpenAI client's request is used for it alone", async () => {
    const agent = await makeAgent(rig);
    const body = { model: agent.id, messages: [{ role: "user", content: "x" }] };
    await http(rig, "POST", "/v1/chat/completions", { body: { ...body, response_format: format("c", true) } });
    expect(asked()).toEqual(sent("c", true));
    await http(rig, "POST", "/v1/chat/completions", { body });
    expect(asked()).toBeUndefined();
  });

  it("holds beside tools, which the model may call first", async () => {
    const agent = await makeAgent(rig, {
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "a" }],
      response_format: format("done"),
    });
    rig.model.push(
      { calls: [{ name: "memory_insert", args: { label: "human", new_string: "b" } }] },
      { text: '{"done":"yes"}' },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { input: "x" });
    expect(said(reply.messages)).toBe('{"done":"yes"}');
    for (const request of rig.model.requests) {
      expect(request.response_format).toEqual(sent("done"));
      expect(request.tools?.map((tool) => tool.function.name)).toEqual(["memory_insert"]);
    }
  });

  it("that is none is refused", async () => {
    const agent = await makeAgent(rig);
    for (const response_format of [{ type: "xml" }, { type: "json_schema" }, "json"]) {
      const answer = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
        body: { input: "x", response_format },
      });
      expect(answer.status).toBe(422);
    }
    expect(rig.model.requests).toEqual([]);
  });
});

describe("a request's overrides", () => {
  it("of model and instructions are for it alone; the step's record shows what was shown", async () => {
    const agent = await makeAgent(rig, { system: "You are plain." });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      input: "x",
      override_model: "openai/scripted-2",
      override_system: "You are a poet.",
      client_skills: [{ name: "rhyme", description: "Finds rhymes", location: "skills/rhyme/SKILL.md" }],
    });
    const [first] = rig.model.requests;
    expect(first?.model).toBe("scripted-2");
    expect(first?.messages[0]?.content).toContain("You are a poet.");
    expect(first?.messages[0]?.content).not.toContain("You are plain.");
    expect(first?.messages[0]?.content).toMatch(/<available_skills>[\s\S]*rhyme/);
    const step = reply.messages[0] as { step_id?: string };
    const context = await http(rig, "GET", `/v1/steps/${step.step_id}/context`);
    const sections = (context.body as { sections: { kind: string; text: string }[] }).sections;
    expect(sections.find((section) => section.kind === "skills")?.text).toContain("rhyme");
    expect(sections.find((section) => section.kind === "instructions")?.text).toContain("You are a poet.");

    await rig.letta.agents.messages.create(agent.id, { input: "y" });
    const second = rig.model.requests[1];
    expect(second?.model).toBe("scripted");
    expect(second?.messages[0]?.content).toContain("You are plain.");
    expect(second?.messages[0]?.content).not.toContain("available_skills");
    expect((await rig.letta.agents.retrieve(agent.id)).system).toBe("You are plain.");
    const alias = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: { input: "z", system: "Alias." },
    });
    expect(alias.status).toBe(200);
    expect(rig.model.requests[2]?.messages[0]?.content).toContain("Alias.");
  });

  it("of a model that there is not are refused, and nothing is kept", async () => {
    const agent = await makeAgent(rig);
    const answer = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: { input: "x", override_model: "openai/none" },
    });
    expect(answer.status).toBe(404);
    expect((await rig.letta.agents.messages.list(agent.id)).items.length).toBe(1);
  });
});

describe("probabilities of tokens", () => {
  it("are asked for and answered where the provider gives them, and null where not asked", async () => {
    const agent = await makeAgent(rig);
    const token = { token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] };
    rig.model.push({ text: "Hi", logprobs: [token] }, { text: "Hi", logprobs: [token] });
    const path = `/v1/agents/${agent.id}/messages`;
    const asking = await http(rig, "POST", path, { body: { input: "x", return_logprobs: true, top_logprobs: 3 } });
    expect(rig.model.requests[0]).toMatchObject({ logprobs: true, top_logprobs: 3 });
    expect(asking.body).toMatchObject({ logprobs: { content: [token], refusal: null } });
    const not = await http(rig, "POST", path, { body: { input: "x" } });
    expect(rig.model.requests[1]).not.toHaveProperty("logprobs");
    expect(not.body).toMatchObject({ logprobs: null });
    rig.model.push({ text: "Hi", logprobs: [token] });
    const chat = await http(rig, "POST", "/v1/chat/completions", {
      body: { model: agent.id, messages: [{ role: "user", content: "x" }], logprobs: true },
    });
    expect(chat.body).toMatchObject({ choices: [{ logprobs: { content: [token] } }] });
  });
});

describe("a request that is sent again with its otid", () => {
  const body = () => ({ messages: [{ role: "user", content: "once", otid: crypto.randomUUID() }] });

  it("runs once, at every address that messages are sent to", async () => {
    const agent = await makeAgent(rig);
    const conversation = await rig.letta.conversations.create({ agent_id: agent.id });
    const places: [path: string, extra: Record<string, unknown>][] = [
      [`/v1/agents/${agent.id}/messages`, {}],
      [`/v1/agents/${agent.id}/messages`, { streaming: true }],
      [`/v1/agents/${agent.id}/messages`, { streaming: true, background: true }],
      [`/v1/agents/${agent.id}/messages/stream`, {}],
      [`/v1/agents/${agent.id}/messages/async`, {}],
      [`/v1/conversations/${conversation.id}/messages`, { streaming: false }],
      [`/v1/conversations/${conversation.id}/messages`, {}],
      [`/v1/conversations/${conversation.id}/messages`, { background: true }],
    ];
    for (const [path, extra] of places) {
      rig.model.reset();
      const request = { body: { ...body(), ...extra } };
      const first = await http(rig, "POST", path, request);
      const again = await http(rig, "POST", path, request);
      expect([path, extra, first.status, again.status]).toEqual([path, extra, 200, 200]);
      const runOf = (text: string) => /run-[0-9a-f-]{36}/.exec(text)?.[0];
      expect(runOf(again.text)).toBe(runOf(first.text));
      const run = runOf(first.text)!;
      for (let tries = 0; tries < 100 && (await rig.letta.runs.retrieve(run)).status === "running"; tries++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect([path, extra, rig.model.requests.length]).toEqual([path, extra, 1]);
    }
  });
});
