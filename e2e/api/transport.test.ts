import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { http, LettaClient, makeAgent, type Rig, refused, says, startRig } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

describe("paths", () => {
  it("work with and without the trailing slash, without a redirect, under /v1 and /latest", async () => {
    const agent = await makeAgent(rig);
    for (const root of ["/v1", "/latest"]) {
      for (const path of [
        "/agents",
        `/agents/${agent.id}`,
        "/blocks",
        "/tools",
        "/models",
        "/health",
        "/runs",
        "/steps",
      ]) {
        for (const slash of ["", "/"]) {
          const response = await fetch(`${rig.url}${root}${path}${slash}`, { redirect: "manual" });
          expect([root, path, slash, response.status]).toEqual([root, path, slash, 200]);
        }
      }
      const posted = await http(rig, "POST", `${root}/agents/${agent.id}/messages/`, { body: { input: "hi" } });
      expect(posted.status).toBe(200);
    }
  });

  it("that there are not are a JSON 404", async () => {
    for (const [method, path] of [
      ["GET", "/v1/nothing"],
      ["POST", "/v1/agents/x/y/z"],
      ["GET", "/v1"],
      ["GET", "/latest/nothing/"],
      ["PUT", "/v1/agents"],
      ["GET", "/v1/agents/agent-00000000-0000-4000-8000-000000000000/secrets"],
    ] as const) {
      const answer = await http(rig, method, path);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
        path,
        404,
        expect.stringContaining("application/json"),
      ]);
      expect(answer.body).toEqual({ detail: expect.any(String) });
    }
  });

  it("take parameters with escapes that are none as they stand", async () => {
    const answer = await http(rig, "GET", "/v1/agents/agent-%zz");
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });
});

describe("requests", () => {
  it("carry a request id, their own or a new one", async () => {
    expect(
      (await http(rig, "GET", "/v1/health", { headers: { "x-request-id": "abc" } })).headers.get("x-request-id"),
    ).toBe("abc");
    expect((await http(rig, "GET", "/v1/health")).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("of every client are answered alike: unknown headers and body keys are ignored, any bearer will do", async () => {
    for (const headers of [
      { "user-agent": "curl/8.0" },
      { "user-agent": "python-requests/2.31" },
      { "user-agent": "Letta/Python 1.7.12", "x-stainless-package-version": "1.7.12" },
      { "user-agent": "@letta-ai/letta-client/0.1.211", "x-fern-language": "JavaScript" },
      { authorization: "Bearer whatever", "x-project": "p", user_id: "user-x" },
    ] as Record<string, string>[]) {
      const made = await http(rig, "POST", "/v1/agents/", {
        headers,
        body: { model: "openai/scripted", include_base_tools: false, not_a_key: 1 },
      });
      expect([headers, made.status]).toEqual([headers, 200]);
      const { id } = made.body as { id: string };
      const streamed = await http(rig, "POST", `/v1/agents/${id}/messages`, {
        headers,
        body: { messages: says("hi"), streaming: true, whatever: [] },
      });
      expect([streamed.status, streamed.text.endsWith("data: [DONE]\n\n")]).toEqual([200, true]);
    }
  });

  it("may send their body in chunks, and without a content type", async () => {
    const chunks = ['{"model":"openai/', 'scripted","name":"chunked"}'];
    const stream = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const response = await fetch(`${rig.url}/v1/agents`, {
      method: "POST",
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { name: string }).name).toBe("chunked");
  });
});

describe("health, models and embeddings", () => {
  it("say that the server is up, and what it has", async () => {
    expect(await rig.letta.health()).toMatchObject({ version: expect.any(String), status: "ok" });
    expect((await http(rig, "GET", "/v1/ready")).status).toBe(200);
    const models = await rig.letta.models.list();
    const scripted = models.find((model) => model.handle === "openai/scripted");
    expect(scripted).toMatchObject({
      name: "scripted",
      provider_type: "openai",
      provider_name: "openai",
      provider_category: "base",
      model_type: "llm",
      model: "scripted",
      model_endpoint_type: "openai",
      context_window: 32_000,
      max_context_window: 32_000,
    });
    expect(await rig.letta.models.list({ provider_name: "nobody" })).toEqual([]);
    expect((await rig.letta.models.list({ provider_category: ["base"] })).length).toBeGreaterThan(0);
    const embeddings = await rig.letta.models.embeddings.list();
    expect(embeddings).toEqual((await http(rig, "GET", "/v1/models/embeddings")).body);
  });
});

describe("a server with a password", () => {
  it("lets in who knows it, by bearer or bare header, and nobody else; health is for all", async () => {
    const locked = await startRig({ environment: { MEMOIR_PASSWORD: "open sesame" } });
    try {
      const none = await http(locked, "GET", "/v1/agents/");
      expect([none.status, none.body]).toEqual([401, { detail: "Unauthorized" }]);
      expect((await refused(locked.letta.agents.list())).status).toBe(401);
      expect((await http(locked, "GET", "/v1/health/")).status).toBe(200);
      expect((await http(locked, "GET", "/latest/health")).status).toBe(200);
      const key = new LettaClient({ baseURL: locked.url, apiKey: "open sesame", maxRetries: 0 });
      expect((await key.agents.list()).items).toEqual([]);
      const bare = { "x-bare-password": "password open sesame" };
      expect((await http(locked, "GET", "/v1/agents", { headers: bare })).status).toBe(200);
      for (const headers of [
        { authorization: "Bearer open sesam" },
        { authorization: "Bearer " },
        { "x-bare-password": "password" },
        { cookie: "memoir_password=%zz" },
      ] as Record<string, string>[]) {
        expect([headers, (await http(locked, "GET", "/v1/agents", { headers })).status]).toEqual([headers, 401]);
      }
      expect((await http(locked, "GET", "/v1/nothing")).status).toBe(401);
    } finally {
      await locked.stop();
    }
  });
});
