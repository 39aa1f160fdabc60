import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, makeAgent, only, type Rig, startRig } from "../support/api";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

let rig: Rig;
let strict: Rig;
let host: Server;
let at: string;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on", MEMOIR_MAX_IMAGE_BYTES: "100000" } });
  strict = await startRig();
  host = createServer((request, response) => {
    const bytes = (body: Buffer, type: string) => response.writeHead(200, { "content-type": type }).end(body);
    if (request.url === "/pixel.png") return bytes(Buffer.from(PNG, "base64"), "image/png");
    if (request.url === "/unnamed") return bytes(Buffer.from(GIF, "base64"), "application/octet-stream");
    if (request.url === "/page") return bytes(Buffer.from("<html>"), "text/html");
    if (request.url === "/large") return bytes(Buffer.alloc(200_000, 1), "image/png");
    if (request.url === "/moved") return response.writeHead(302, { location: "/pixel.png" }).end();
    if (request.url === "/round") return response.writeHead(302, { location: "/round" }).end();
    return response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  at = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await Promise.all([rig.stop(), strict.stop()]);
  host.close();
});
beforeEach(() => rig.model.reset());

type Source = Record<string, unknown>;
const image = (source: Source) => ({ type: "image", source });
const base64 = (data = PNG, media_type = "image/png") => image({ type: "base64", media_type, data });
const send = (agentId: string, ...content: unknown[]) =>
  http(rig, "POST", `/v1/agents/${agentId}/messages`, { body: { messages: [{ role: "user", content }] } });
const text = { type: "text", text: "What is this?" };
/** Addresses of the images that the model was shown in its last request. */
const shown = () =>
  rig.model.requests
    .at(-1)!
    .messages.flatMap((message) => (Array.isArray(message.content) ? message.content : []))
    .flatMap((part: { image_url?: { url: string } }) => part.image_url?.url ?? []);
const sources = async (agentId: string) => {
  const messages = only((await rig.letta.agents.messages.list(agentId)).items, "user_message");
  return messages.flatMap(({ content }) =>
    Array.isArray(content)
      ? content.flatMap((part) => (part.type === "image" ? [{ ...part.source } as Source] : []))
      : [],
  );
};

describe("an image", () => {
  it("in base64 reaches the model, and is shown by its id with its data", async () => {
    const agent = await makeAgent(rig);
    expect((await send(agent.id, text, base64())).status).toBe(200);
    expect(shown()).toEqual([`data:image/png;base64,${PNG}`]);
    const listed = await sources(agent.id);
    expect(listed).toEqual([
      { type: "letta", file_id: expect.stringMatching(/^file-/), media_type: "image/png", data: PNG, detail: null },
    ]);
    const [message] = only((await rig.letta.agents.messages.list(agent.id)).items, "user_message");
    const one = await http(rig, "GET", `/v1/messages/${message!.id}`);
    expect(one.text).toContain(PNG);
  });

  it("is shown to the model in every later turn too", async () => {
    const agent = await makeAgent(rig);
    await send(agent.id, base64());
    await send(agent.id, { type: "text", text: "And again?" });
    expect(shown()).toEqual([`data:image/png;base64,${PNG}`]);
  });

  it("is kept once for the same bytes, and can be sent again by its id", async () => {
    const agent = await makeAgent(rig);
    await send(agent.id, base64(), base64());
    const other = await makeAgent(rig);
    await send(other.id, base64());
    const ids = [...(await sources(agent.id)), ...(await sources(other.id))].map((source) => source.file_id);
    expect(new Set(ids).size).toBe(1);
    const third = await makeAgent(rig);
    await send(third.id, image({ type: "letta", file_id: ids[0] }));
    expect(shown()).toEqual([`data:image/png;base64,${PNG}`]);
    const unknown = await send(third.id, image({ type: "letta", file_id: "file-none" }));
    expect(unknown.status).toBe(400);
  });

  it("goes when the last agent that has it goes", async () => {
    const bytes = Buffer.concat([Buffer.from(PNG, "base64"), Buffer.from("of its own")]).toString("base64");
    const [one, two] = [await makeAgent(rig), await makeAgent(rig)];
    await send(one.id, base64(bytes));
    await send(two.id, base64(bytes));
    const [source] = await sources(one.id);
    await rig.letta.agents.delete(one.id);
    expect((await sources(two.id))[0]).toMatchObject({ file_id: source!.file_id, data: bytes });
    await rig.letta.agents.delete(two.id);
    const third = await makeAgent(rig);
    expect((await send(third.id, image({ type: "letta", file_id: source!.file_id }))).status).toBe(400);
  });

  it("by its URL is fetched, through redirects, and its type is read from its bytes", async () => {
    const agent = await makeAgent(rig);
    for (const [path, type, data] of [
      ["/pixel.png", "image/png", PNG],
      ["/moved", "image/png", PNG],
      ["/unnamed", "image/gif", GIF],
    ] as const) {
      expect((await send(agent.id, image({ type: "url", url: at + path }))).status).toBe(200);
      expect(shown().at(-1)).toBe(`data:${type};base64,${data}`);
    }
    const inline = await send(agent.id, image({ type: "url", url: `data:image/gif;base64,${GIF}` }));
    expect(inline.status).toBe(200);
    expect((await sources(agent.id)).every((source) => source.type === "letta" && source.data)).toBe(true);
  });

  it("that can't be had is a 400 that says why, and nothing is kept", async () => {
    const agent = await makeAgent(rig);
    for (const [url, why] of [
      [`${at}/missing`, "404"],
      [`${at}/page`, "not an image"],
      [`${at}/large`, "bytes at most"],
      [`${at}/round`, "redirected too often"],
      ["http://127.0.0.1:9/x.png", "Failed to fetch image"],
      ["file:///etc/passwd", "not the URL of an image"],
    ] as const) {
      const answer = await send(agent.id, image({ type: "url", url }));
      expect([url, answer.status]).toEqual([url, 400]);
      expect(JSON.stringify(answer.body)).toContain(why);
    }
    expect((await send(agent.id, base64(Buffer.alloc(200_000, 7).toString("base64")))).status).toBe(400);
    expect(rig.model.requests).toEqual([]);
    expect(await all(rig.letta.runs.list({ agent_id: agent.id }))).toEqual([]);
  });

  it("on a private address is not fetched unless the operator allows it", async () => {
    const agent = await makeAgent(strict);
    const body = { messages: [{ role: "user", content: [image({ type: "url", url: `${at}/pixel.png` })] }] };
    const answer = await http(strict, "POST", `/v1/agents/${agent.id}/messages`, { body });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("private address");
  });
});

describe("an image that a client's tool returned", () => {
  it("reaches the model after the returns, and is in the list with its data", async () => {
    const agent = await makeAgent(rig);
    const client_tools = [
      { name: "camera", description: "Takes a picture", parameters: { type: "object", properties: {} } },
    ];
    rig.model.push({ calls: [{ id: "call_1", name: "camera", args: {} }] }, { text: "A pixel." });
    await rig.letta.agents.messages.create(agent.id, { input: "take one", client_tools });
    const answer = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: {
        client_tools,
        messages: [
          {
            type: "approval",
            approvals: [
              {
                type: "tool",
                tool_call_id: "call_1",
                status: "success",
                tool_return: [{ type: "text", text: "one picture" }, base64()],
              },
            ],
          },
        ],
      },
    });
    expect(answer.status, answer.text).toBe(200);
    const { messages } = rig.model.requests.at(-1)!;
    expect(messages.at(-2)).toMatchObject({ role: "tool", tool_call_id: "call_1" });
    expect(String(messages.at(-2)?.content)).toContain("one picture");
    expect(messages.at(-1)?.role).toBe("user");
    expect(shown()).toEqual([`data:image/png;base64,${PNG}`]);
    const returned = only((await rig.letta.agents.messages.list(agent.id)).items, "tool_return_message");
    expect(JSON.stringify(returned)).toContain(PNG);
    await send(agent.id, text);
    expect(shown()).toEqual([`data:image/png;base64,${PNG}`]);
  });
});
