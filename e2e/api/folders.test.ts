import { Document, Packer, Paragraph } from "docx";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, idOf, makeAgent, only, type Rig, refused, says, startRig, UNKNOWN, until } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_MAX_UPLOAD_BYTES: "2000000" } });
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

let made = 0;
const makeFolder = () => rig.letta.folders.create({ name: `folder ${made++}` });
const NO_FOLDER = `source-${UNKNOWN}`;

async function makePdf(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  pdf.addPage().drawText(text, { x: 40, y: 700, size: 12, font });
  return new Uint8Array(await pdf.save());
}

async function makeDocx(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const document = new Document({ sections: [{ children: [new Paragraph(text)] }] });
  return new Uint8Array(await Packer.toBuffer(document));
}

type Content = string | Uint8Array<ArrayBuffer>;

async function upload(folderId: string, name: string, content: Content, type = "text/plain") {
  return rig.letta.folders.files.upload(folderId, { file: new File([content], name, { type }) });
}

/** Uploads a file and waits until it is read. */
async function read(folderId: string, name: string, content: Content, type?: string) {
  const { id } = await upload(folderId, name, content, type);
  return until(`${name} is read`, async () => {
    const file = await rig.letta.folders.files.retrieve(id, { folder_id: folderId, include_content: true });
    return ["completed", "error"].includes(file.processing_status ?? "") ? file : null;
  });
}

describe("folders", () => {
  it("are created with every key of the contract, without an embedding too", async () => {
    const folder = await rig.letta.folders.create({ name: "notes", description: "d", metadata: { a: 1 } });
    expect(folder).toEqual({
      id: expect.stringMatching(idOf("source")),
      name: "notes",
      description: "d",
      instructions: null,
      metadata: { a: 1 },
      embedding_config: null,
      vector_db_provider: "native",
      created_by_id: expect.anything(),
      last_updated_by_id: expect.anything(),
      created_at: expect.anything(),
      updated_at: expect.anything(),
    });
    expect(await rig.letta.folders.retrieve(folder.id)).toEqual(folder);
    const changed = await rig.letta.folders.update(folder.id, {
      name: "new notes",
      instructions: "Read.",
      description: null,
    });
    expect(changed).toMatchObject({ name: "new notes", instructions: "Read.", description: "d" });
    expect((await refused(rig.letta.folders.create({ name: "new notes" }))).status).toBe(409);
    expect(await rig.letta.folders.delete(folder.id)).toBeNull();
    expect((await refused(rig.letta.folders.retrieve(folder.id))).status).toBe(404);
    expect((await refused(rig.letta.folders.retrieve("source-1"))).status).toBe(422);
  });

  it("are listed oldest first, by pages and by name", async () => {
    const before = (await all(rig.letta.folders.list())).length;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await makeFolder()).id);
    const listed = await all(rig.letta.folders.list({ limit: 2 }));
    expect(listed.slice(before).map((folder) => folder.id)).toEqual(ids);
    const desc = await all(rig.letta.folders.list({ limit: 2, order: "desc" }));
    expect(desc.map((folder) => folder.id)).toEqual(listed.map((folder) => folder.id).toReversed());
    const named = await all(rig.letta.folders.list({ name: listed.at(-1)!.name }));
    expect(named.map((folder) => folder.id)).toEqual([ids[4]]);
    expect((await http(rig, "GET", "/v1/folders/count")).body).toBe(before + 5);
  });

  it("answer under their old name as well", async () => {
    const source = (await http(rig, "POST", "/v1/sources/", { body: { name: "a source" } })).body as { id: string };
    const agent = await makeAgent(rig, { source_ids: [source.id] });
    expect(agent.sources.map((one) => one.id)).toEqual([source.id]);
    expect((await http(rig, "GET", `/v1/sources/${source.id}/agents`)).body).toEqual([agent.id]);
    expect((await http(rig, "GET", `/v1/agents/${agent.id}/sources`)).body).toMatchObject([{ id: source.id }]);
    expect((await http(rig, "PATCH", `/v1/agents/${agent.id}/sources/detach/${source.id}`)).body).toMatchObject({
      sources: [],
    });
    expect((await http(rig, "GET", "/v1/sources/name/a%20source")).body).toBe(source.id);
  });
});

describe("files", () => {
  it("of many kinds are read: text, Markdown, JSON, code, HTML, CSV, PDF and Word", async () => {
    const { id } = await makeFolder();
    const kinds: [string, Content, string, RegExp][] = [
      ["a.txt", "plain text", "text/plain", /^plain text$/],
      ["a.md", "# Head\n\nBody", "text/markdown", /^# Head/],
      ["a.json", '{"a": 1}', "application/json", /"a": 1/],
      ["a.py", "def f():\n    return 1\n", "", /return 1/],
      ["a.html", "<h1>Head</h1><script>bad()</script><p>Body</p>", "text/html", /^Head\n+Body$/],
      ["a.csv", "name,age\nAda,36\n", "text/csv", /^name,age\nAda,36/],
      ["a.pdf", await makePdf("Written in a PDF"), "application/pdf", /^Written in a PDF$/],
      ["a.docx", await makeDocx("Written in Word"), "", /^Written in Word$/],
    ];
    for (const [name, content, type, expected] of kinds) {
      const file = await read(id, name, content, type);
      expect([name, file.processing_status, file.error_message]).toEqual([name, "completed", null]);
      expect(file.content).toMatch(expected);
      expect(file.total_chunks).toBe(1);
    }
    const files = await all(rig.letta.folders.files.list(id, { limit: 3 }));
    expect(files.map((file) => file.original_file_name)).toEqual(kinds.map(([name]) => name).toReversed());
    expect(files.every((file) => file.content === null)).toBe(true);
  });

  it("that can't be read are refused or marked, and the server lives on", async () => {
    const { id } = await makeFolder();
    const image = await refused(upload(id, "a.png", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0]), "image/png"));
    expect([image.status, image.body.detail]).toEqual([415, expect.stringMatching(/Supported are PDF/)]);
    expect(await read(id, "bad.pdf", "%PDF-1.4\nnothing", "application/pdf")).toMatchObject({
      processing_status: "error",
      error_message: expect.stringMatching(/could not be read/),
    });
    expect((await refused(upload(id, "big.txt", "x".repeat(2_000_001)))).status).toBe(413);
    expect((await refused(upload(NO_FOLDER, "a.txt", "x"))).status).toBe(404);
    expect((await http(rig, "GET", "/v1/health")).status).toBe(200);
  });

  it("of one name are kept as asked for, and deleted for good", async () => {
    const { id } = await makeFolder();
    const first = await read(id, "a.txt", "one");
    const send = (duplicate_handling: "skip" | "error" | "suffix" | "replace", content: string) =>
      rig.letta.folders.files.upload(id, { file: new File([content], "a.txt"), duplicate_handling });
    expect((await send("skip", "two")).id).toBe(first.id);
    expect((await refused(send("error", "two"))).status).toBe(409);
    expect((await send("suffix", "two")).file_name).toMatch(/\/a_\(1\)\.txt$/);
    const replaced = await send("replace", "three");
    expect(replaced.id).not.toBe(first.id);
    const named = await rig.letta.folders.files.upload(id, { file: new File(["x"], "a.txt"), name: "other.txt" });
    expect(named.file_name).toMatch(/\/other\.txt$/);
    await rig.letta.folders.files.delete(named.id, { folder_id: id });
    expect((await refused(rig.letta.folders.files.retrieve(named.id, { folder_id: id }))).status).toBe(404);
    expect(await all(rig.letta.folders.files.list(id))).toHaveLength(2);
  });

  it("are read after a crash that came before", async () => {
    const { id } = await makeFolder();
    const file = await upload(id, "late.html", `<p>${"word ".repeat(100_000)}</p>`, "text/html");
    await rig.server.kill();
    await rig.server.restart();
    const done = await until("the file is read", async () => {
      const now = await rig.letta.folders.files.retrieve(file.id, { folder_id: id });
      return now.processing_status === "completed" ? now : null;
    });
    expect(done.total_chunks).toBeGreaterThan(100);
  });
});

describe("an agent", () => {
  it("has its folders' files in pages, and opens and closes them", async () => {
    const folder = await makeFolder();
    const COUNT = 120;
    for (let n = 0; n < COUNT; n += 20) {
      await Promise.all([...Array(20).keys()].map((k) => upload(folder.id, `f${n + k}.txt`, `text ${n + k}`)));
    }
    await until("all are read", async () => {
      const files = await all(rig.letta.folders.files.list(folder.id));
      return files.length === COUNT && files.every((file) => file.processing_status === "completed");
    });
    const agent = await makeAgent(rig, { max_files_open: 2 });
    const attached = await rig.letta.agents.folders.attach(folder.id, { agent_id: agent.id });
    expect(attached?.tools.map((tool) => tool.name).sort()).toEqual([
      "grep_files",
      "open_files",
      "semantic_search_files",
    ]);
    expect((await all(rig.letta.agents.folders.list(agent.id))).map((one) => one.id)).toEqual([folder.id]);
    expect(await rig.letta.folders.agents.list(folder.id)).toEqual([agent.id]);

    const files = await all(rig.letta.agents.files.list(agent.id, { limit: 100 }));
    expect(new Set(files.map((file) => file.file_id)).size).toBe(COUNT);
    const open = await all(rig.letta.agents.files.list(agent.id, { is_open: true }));
    expect(open).toHaveLength(2);
    expect(open[0]).toMatchObject({
      folder_id: folder.id,
      visible_content: expect.stringMatching(/^\[Viewing file start/),
    });
    const closed = files.find((file) => !file.is_open)!;
    const evicted = await rig.letta.agents.files.open(closed.file_id, { agent_id: agent.id });
    expect(evicted).toHaveLength(1);
    expect(await rig.letta.agents.files.close(closed.file_id, { agent_id: agent.id })).toBeNull();
    expect(await rig.letta.agents.files.closeAll(agent.id)).toHaveLength(1);

    const without = await rig.letta.agents.folders.detach(folder.id, { agent_id: agent.id });
    expect([without?.tools, without?.sources]).toEqual([[], []]);
    expect(await all(rig.letta.agents.files.list(agent.id))).toEqual([]);
    expect((await refused(rig.letta.agents.folders.attach(NO_FOLDER, { agent_id: agent.id }))).status).toBe(404);
  }, 120_000);

  it("opens, greps and searches files in a run, and the model is shown what is open", async () => {
    const folder = await rig.letta.folders.create({ name: "garden", instructions: "Look here first." });
    await read(
      folder.id,
      "plan.txt",
      Array.from({ length: 40 }, (_, n) => `Bed ${n}: ${n % 2 ? "beans" : "leeks"}`).join("\n"),
    );
    await read(folder.id, "tools.pdf", await makePdf("The spade stands in the shed"), "application/pdf");
    const agent = await makeAgent(rig, { folder_ids: [folder.id] });
    await rig.letta.agents.files.closeAll(agent.id);
    rig.model.push(
      {
        calls: [
          { name: "open_files", args: { file_requests: [{ file_name: "garden/plan.txt", offset: 4, length: 2 }] } },
        ],
      },
      { calls: [{ name: "grep_files", args: { pattern: "BEANS", context_lines: 0, offset: 10 } }] },
      { calls: [{ name: "semantic_search_files", args: { query: "where is the spade?" } }] },
      { text: "In the shed." },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("Where is the spade?") });
    const returns = only(reply.messages, "tool_return_message").map((message) => message.tool_return);
    expect(returns).toEqual([
      "* Opened garden/plan.txt (lines 5-6)",
      expect.stringMatching(
        /^Found 20 total matches across 1 files \(showing matches 11-20 of 20\)\n={80}\n=== garden\/plan\.txt:22 ===\n> 22: Bed 21: beans/,
      ),
      expect.stringMatching(/^Found 1 semantic matches in 1 files[\s\S]*The spade stands in the shed$/),
    ]);
    const systems = rig.model.requests.map((request) => String(request.messages[0]?.content));
    expect(systems[0]).toContain('<file status="closed" name="garden/plan.txt">');
    expect(systems[0]).toContain("<instructions>Look here first.</instructions>");
    expect(systems[1]).toContain(
      "[Viewing lines 5 to 6 (out of 40 lines)]\n5: Bed 4: leeks\n6: Bed 5: beans\n</value>",
    );
    const context = (await http(rig, "GET", `/v1/agents/${agent.id}/context`)).body as Record<string, unknown>;
    expect(context.num_tokens_directories).toBeGreaterThan(0);
    expect(context.directories).toContain('<directory name="garden">');
  });
});
