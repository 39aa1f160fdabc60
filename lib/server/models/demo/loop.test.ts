import { afterAll, beforeAll, expect, test } from "vitest";
import { fold } from "@/lib/stream/fold";
import { fakeModels } from "../../testing/models";
import { openRunningCore, type RunningCore } from "../../testing/running-core";
import { DEMO_HANDLE, demoModel } from "../demo";

let t: RunningCore;
beforeAll(async () => {
  const registry = fakeModels();
  const info = {
    ...(await registry.info({} as never, "openai/gpt-4o-mini")),
    handle: DEMO_HANDLE,
    name: "demo",
    providerType: "memoir",
    providerName: "memoir",
    demo: true,
  };
  t = await openRunningCore({
    models: { ...registry, info: async () => info, list: async () => [info], model: async () => demoModel(0) },
  });
});
afterAll(() => t.close());

type Agent = { id: string; blocks: { label: string; value: string }[] };

test.each(["letta_v1_agent", "memgpt_v2_agent", "memgpt_agent"])(
  "a new %s of the demo model remembers, corrects and forgets",
  async (agent_type) => {
    const memory_blocks = [
      { label: "human", value: "" },
      { label: "persona", value: "I help." },
    ];
    const { body } = await t.api<Agent>("POST", "/v1/agents/", { model: DEMO_HANDLE, agent_type, memory_blocks });
    const tell = async (text: string) => {
      const { items } = await t.say({ agentId: body.id }, text);
      return JSON.stringify(fold(items));
    };
    const human = async () =>
      (await t.api<{ value: string }>("GET", `/v1/agents/${body.id}/core-memory/blocks/human`)).body.value.trim();
    await tell("My name is Lena and I am allergic to peanuts");
    expect(await human()).toBe("Name: Lena\nAllergic to peanuts");
    expect(await tell("What am I allergic to?")).toContain("peanuts");
    await tell("Actually I'm allergic to walnuts, not peanuts");
    expect(await human()).toBe("Name: Lena\nAllergic to walnuts");
    await tell("Forget my name");
    expect(await human()).toBe("Allergic to walnuts");
    // Somebody else edits the block: what the agent wrote before does not come back.
    await t.api("PATCH", `/v1/agents/${body.id}/core-memory/blocks/human`, { value: "Allergic to milk" });
    const answer = await tell("What am I allergic to?");
    expect(answer).toContain("Allergic to milk");
    expect(answer).not.toContain("walnuts");
  },
);
