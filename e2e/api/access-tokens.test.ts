import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LettaClient, MODEL, type Rig, refused, said, startRig } from "../support/api";

const PASSWORD = "a long password";

describe.each([PASSWORD, null])("client-side access tokens, with the server's password %s", (password) => {
  let rig: Rig;
  let letta: LettaClient;
  let agentId: string;
  let otherId: string;
  beforeAll(async () => {
    rig = await startRig(password ? { environment: { MEMOIR_PASSWORD: password } } : {});
    letta = new LettaClient({ baseURL: rig.url, apiKey: password, maxRetries: 0 });
    agentId = (await letta.agents.create({ model: MODEL, include_base_tools: false })).id;
    otherId = (await letta.agents.create({ model: MODEL, include_base_tools: false })).id;
  });
  afterAll(() => rig.stop());

  const hostname = "https://app.example.com";
  const browser = (token: string, origin = hostname) =>
    new LettaClient({ baseURL: rig.url, apiKey: token, maxRetries: 0, defaultHeaders: { origin } });

  it("let a page speak with the agent that they name, and no more", async () => {
    const made = await letta.accessTokens.create({
      hostname,
      policy: [{ type: "agent", id: agentId, access: ["read_messages", "write_messages"] }],
    });
    expect(made).toMatchObject({ hostname, policy: { version: "1", data: [{ id: agentId }] } });
    const page = browser(made.token);
    expect(said((await page.agents.messages.create(agentId, { input: "hi" })).messages)).toContain("Hello");
    const streamed: string[] = [];
    for await (const frame of await page.agents.messages.create(agentId, { input: "hi", streaming: true })) {
      streamed.push(frame.message_type ?? "");
    }
    expect(streamed).toContain("assistant_message");
    expect((await page.agents.messages.list(agentId)).items.length).toBeGreaterThan(3);

    const wrong = [
      () => page.agents.retrieve(agentId),
      () => page.agents.messages.create(otherId, { input: "hi" }),
      () => page.agents.messages.list(otherId),
      () => page.agents.list({}),
      () => page.agents.delete(agentId),
      () => page.accessTokens.list(),
      () => browser(made.token, "https://evil.example.com").agents.messages.list(agentId),
    ];
    for (const call of wrong) {
      const { status, body } = await refused(call());
      expect([status, typeof body.detail]).toEqual([403, "string"]);
    }
  });

  it("are listed by agent and deleted, and open nothing then", async () => {
    const create = (id: string) =>
      letta.accessTokens.create({ hostname, policy: [{ type: "agent", id, access: ["read_agent"] }] });
    const [one, two] = [await create(otherId), await create(otherId)];
    const listed = await letta.accessTokens.list({ agentId: otherId, limit: 1 });
    expect([listed.tokens.map((token) => token.token), listed.hasNextPage]).toEqual([[two.token], true]);
    expect((await browser(one.token).agents.retrieve(otherId)).id).toBe(otherId);
    await letta.accessTokens.delete(one.token);
    expect((await refused(browser(one.token).agents.retrieve(otherId))).status).toBe(401);
    expect((await refused(letta.accessTokens.delete(one.token))).status).toBe(404);
  });

  it("expire", async () => {
    const made = await letta.accessTokens.create({
      hostname,
      policy: [{ type: "agent", id: agentId, access: ["read_agent"] }],
      expires_at: new Date(Date.now() + 5000).toISOString(),
    });
    expect((await browser(made.token).agents.retrieve(agentId)).id).toBe(agentId);
    await expect
      .poll(
        async () =>
          (
            await browser(made.token)
              .agents.retrieve(agentId)
              .catch((error) => error)
          ).status,
        {
          timeout: 30_000,
        },
      )
      .toBe(401);
  });
});
