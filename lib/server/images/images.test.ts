import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { MessageInput } from "@/lib/api/messages";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { imagesOf } from "@/lib/stream/images";
import { replayRun } from "../ledger/replay";
import { loadConversation } from "../run/load";
import { openRunningCore, type RunningCore, say } from "../testing/running-core";
import { withImageData } from "./images";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A picture of its own for each number. */
async function pixel(n: number): Promise<string> {
  const create = { width: 1, height: 1, channels: 3 as const, background: { r: n, g: n, b: n } };
  return (await sharp({ create }).png().toBuffer()).toString("base64");
}

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function makeAgent(): Promise<string> {
  const body = { model: "openai/gpt-4o-mini", include_base_tools: false };
  return (await t.api<WireAgent>("POST", "/v1/agents/", body)).body.id;
}

const picture = (data = PNG): MessageInput => ({
  type: "message",
  role: "user",
  content: [
    { type: "text", text: "look" },
    { type: "image", source: { type: "base64", media_type: "image/png", data } },
  ],
});
const imageCount = () => t.core.db.prisma.image.count();

describe("a message with an image", () => {
  test("is kept light: what is stored, and what the engine works on, has a reference alone", async () => {
    const agentId = await makeAgent();
    t.push(says("A pixel."));
    await say(t.ctx, { agentId }, [picture()]);
    const [row] = await t.core.db.query<{ parts: unknown }>(
      "SELECT parts FROM message WHERE agent_id = $1 AND role = 'user'",
      [agentId],
    );
    expect(row!.parts).toEqual([
      { type: "text", text: "look" },
      {
        type: "image",
        source: { type: "letta", file_id: expect.stringMatching(/^file-/), media_type: "image/png", detail: null },
      },
    ]);
    expect(JSON.stringify(t.requests.at(-1)!.messages)).not.toContain(PNG);
    const { transcript } = await loadConversation(t.ctx, { agentId });
    const [image] = (await withImageData(t.ctx, transcript)).flatMap(imagesOf);
    expect(image!.source).toMatchObject({ type: "letta", data: PNG });
  });

  test("is replayed byte for byte, and so is a tool's return that is an image", async () => {
    const agentId = await makeAgent();
    t.push(calls({ id: "c1", name: "camera", args: {} }));
    const clientTools = [{ name: "camera", description: "Takes a picture", parameters: null }];
    const first = await say(t.ctx, { agentId }, [picture()], { clientTools });
    t.push(says("Two pixels."));
    const second = await say(
      t.ctx,
      { agentId },
      [
        {
          type: "approval",
          approvals: [
            {
              type: "tool",
              tool_call_id: "c1",
              status: "success",
              tool_return: [{ type: "image", source: { type: "base64", media_type: "image/png", data: PNG } }],
            },
          ],
        },
      ],
      { clientTools },
    );
    const returned = t.requests.at(-1)!.messages.flatMap(imagesOf);
    // What was sent, the client's answer, and the return that was made of it.
    expect(returned.map((image) => image.source.type)).toEqual(["letta", "letta", "letta"]);
    for (const { runId } of [first, second]) {
      expect(await replayRun(t.ctx, runId)).toMatchObject({ identical: true, firstDifference: null });
    }
  });

  test("costs a page of the list one statement more, however many images it has", async () => {
    const agentId = await makeAgent();
    const list = () => t.api("GET", `/v1/agents/${agentId}/messages?limit=100`);
    await list();
    const without = await t.countStatements(list);
    for (let n = 0; n < 3; n++) {
      t.push(says("ok"));
      await say(t.ctx, { agentId }, [picture(await pixel(n))]);
    }
    expect(await t.countStatements(list)).toBe(without + 1);
  });
});

describe("an image", () => {
  test("belongs to every agent that has it, forks too, and goes with the last", async () => {
    const data = await pixel(100);
    const agentId = await makeAgent();
    t.push(says("ok"));
    const before = await imageCount();
    const { runId } = await say(t.ctx, { agentId }, [picture(data), picture(data)]);
    expect(await imageCount()).toBe(before + 1);
    const [step] = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE run_id = $1", [runId]);
    const fork = await t.api<{ agent_id: string }>("POST", `/v1/steps/${step!.id}/fork`, { into: "agent" });
    await t.api("DELETE", `/v1/agents/${agentId}`);
    expect(await imageCount()).toBe(before + 1);
    const { transcript } = await loadConversation(t.ctx, { agentId: fork.body.agent_id });
    const [image] = (await withImageData(t.ctx, transcript)).flatMap(imagesOf);
    expect(image!.source).toMatchObject({ data });
    await t.api("DELETE", `/v1/agents/${fork.body.agent_id}`);
    expect(await imageCount()).toBe(before);
  });

  test("of another organization can't be referred to", async () => {
    const agentId = await makeAgent();
    t.push(says("ok"));
    await say(t.ctx, { agentId }, [picture(await pixel(101))]);
    const [row] = await t.core.db.query<{ id: string }>("SELECT id FROM image ORDER BY created_at DESC LIMIT 1");
    await t.core.db.query("UPDATE image SET organization_id = 'org-other' WHERE id = $1", [row!.id]);
    const input: MessageInput = {
      type: "message",
      role: "user",
      content: [{ type: "image", source: { type: "letta", file_id: row!.id } }],
    };
    await expect(say(t.ctx, { agentId }, [input])).rejects.toThrow("there is no image with the id");
    const { transcript } = await loadConversation(t.ctx, { agentId });
    expect((await withImageData(t.ctx, transcript)).flatMap(imagesOf)[0]!.source).not.toHaveProperty("data");
  });
});

test.each([
  ["is text", Buffer.from("no image at all").toString("base64"), "none of PNG, JPEG, GIF and WebP"],
  ["is cut off", PNG.slice(0, 60), "can't be decoded"],
  ["is an SVG", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64"), "none of PNG"],
])("an image that %s is refused with a sentence, and nothing of the message is kept", async (_what, data, sentence) => {
  const agentId = await makeAgent();
  const before = await t.rowCounts();
  const answer = await t.api<{ detail: string }>("POST", `/v1/agents/${agentId}/messages`, {
    messages: [picture(data)],
  });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain(sentence);
  expect(await t.rowCounts()).toEqual(before);
});
