import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  convertToAiSdkMessage,
  createLetta,
} from "../clients/vercel-ai/node_modules/@letta-ai/vercel-ai-sdk-provider/dist/index.mjs";
import { generateText, streamText } from "../clients/vercel-ai/node_modules/ai/dist/index.mjs";
import { makeAgent, type Rig, startRig } from "../support/api";

/** What `providerOptions` says to the provider: which agent answers. */
const ofAgent = (id: string, more: Record<string, string | number | boolean> = {}) => ({
  letta: { agent: { id, ...more } },
});

describe("the AI SDK's provider for Letta", () => {
  let rig: Rig;
  let letta: ReturnType<typeof createLetta>;
  beforeAll(async () => {
    rig = await startRig();
    letta = createLetta({ baseUrl: rig.url, token: "any" });
  });
  afterAll(() => rig?.stop());
  beforeEach(() => rig.model.reset());

  it("gets an agent's text with generateText, and the agent has the prompt", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "Layers of pasta." });
    const result = await generateText({
      model: letta(),
      providerOptions: ofAgent(agent.id),
      prompt: "A lasagna, please",
    });
    expect(result.text).toBe("Layers of pasta.");
    expect(result.finishReason).toBe("stop");
    expect(JSON.stringify(rig.model.requests.at(-1)?.messages)).toContain("A lasagna, please");
  });

  it("gets text, reasoning and tool calls with streamText", async () => {
    const agent = await makeAgent(rig, {
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "Name: Mara" }],
    });
    rig.model.push(
      {
        reasoning: "She likes tea.",
        calls: [{ id: "call-1", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }],
      },
      { text: "I noted that you like tea." },
    );
    const result = streamText({
      model: letta(),
      tools: { memory_insert: letta.tool("memory_insert") },
      providerOptions: ofAgent(agent.id, { streamTokens: true }),
      prompt: "I like tea",
      onError: ({ error }) => {
        throw error;
      },
    });
    const types = new Set<string>();
    let text = "";
    for await (const part of result.fullStream) {
      types.add(part.type);
      if (part.type === "text-delta") text += part.text;
    }
    expect(text).toContain("I noted that you like tea.");
    expect([...types]).toEqual(
      expect.arrayContaining(["text-delta", "reasoning-delta", "tool-call", "tool-result", "finish"]),
    );
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toContain("Likes tea");
  });

  it("goes on in the background when asked to", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "In the background." });
    const result = streamText({
      model: letta(),
      providerOptions: ofAgent(agent.id, { background: true, includePings: true }),
      prompt: "Hello",
    });
    expect(await result.text).toBe("In the background.");
    const [run] = (await rig.letta.runs.list({ agent_id: agent.id })).items;
    expect(run).toMatchObject({ background: true, status: "completed" });
  });

  it("turns an agent's listed messages into the AI SDK's", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "Good day." });
    await generateText({ model: letta(), providerOptions: ofAgent(agent.id), prompt: "Good morning" });
    const listed = await letta.client.agents.messages.list(agent.id);
    const shown = convertToAiSdkMessage(listed, { allowMessageTypes: ["user_message", "assistant_message"] });
    expect(
      shown.map((message) => [message.role, message.parts.map((part) => ("text" in part ? part.text : ""))]),
    ).toEqual([
      ["user", ["Good morning"]],
      ["assistant", ["Good day."]],
    ]);
  });

  it("throws the server's error for an agent that is not there", async () => {
    const nobody = ofAgent("agent-00000000-0000-4000-8000-00000000dead");
    await expect(
      generateText({ model: letta(), providerOptions: nobody, prompt: "Hello", maxRetries: 0 }),
    ).rejects.toThrow(/404|not found/i);
  });
});
