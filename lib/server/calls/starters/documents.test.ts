import { PDFDocument, PDFHexString, PDFName, PDFNumber, StandardFonts } from "pdf-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { ToolContext } from "@/lib/engine/tool";
import { openTestCore, type TestCore } from "../../testing/harness";
import { starterTools } from "./starters";

let t: TestCore;
let agentId: string;
let bare: string;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
  const make = async () =>
    (await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", include_base_tools: false })).body.id;
  [agentId, bare] = [await make(), await make()];
  const folder = (await t.api<{ id: string }>("POST", "/v1/folders", { name: "papers" })).body.id;
  const upload = async (name: string, data: Uint8Array<ArrayBuffer> | string, type: string) => {
    const form = new FormData();
    form.set("file", new File([data], name, { type }));
    await t.api("POST", `/v1/folders/${folder}/upload`, form);
  };
  await upload("report.pdf", await makePdf(), "application/pdf");
  await upload("guide.html", "<h1>Guide</h1><p>Begin.</p><h2>First steps</h2><p>Turn it on.</p>", "text/html");
  await upload(
    "plain.txt",
    "1 Introduction\n\nIt begins.\n\n2 Results\n\nname    value\na       1\nb       2\n",
    "text/plain",
  );
  await t.jobs.idle();
  await t.api("PATCH", `/v1/agents/${agentId}/folders/attach/${folder}`);
  await t.api("POST", `/v1/agents/${agentId}/archival-memory`, { text: "The heron nests in April.", tags: ["birds"] });
});
afterAll(() => t.close());

/** Three pages, the second of which is in the document's bookmarks. */
async function makePdf(): Promise<Uint8Array<ArrayBuffer>> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const pages = [
    "Herons of the river\nA study.",
    "Findings\nThe heron eats forty frogs a day.\nFigure 1: The river",
    "Table 1: Frogs by month",
  ].map((text) => {
    const page = pdf.addPage();
    page.drawText(text, { x: 40, y: 700, size: 12, font, lineHeight: 16 });
    return page;
  });
  const { context } = pdf;
  const outline = context.nextRef();
  const item = context.nextRef();
  context.assign(
    item,
    context.obj({
      Title: PDFHexString.fromText("Findings"),
      Parent: outline,
      Dest: [pages[1]!.ref, PDFName.of("XYZ"), PDFNumber.of(0), PDFNumber.of(700), PDFNumber.of(0)],
    }),
  );
  context.assign(outline, context.obj({ Type: "Outlines", First: item, Last: item, Count: 1 }));
  pdf.catalog.set(PDFName.of("Outlines"), outline);
  return new Uint8Array(await pdf.save());
}

async function call(name: string, args: Record<string, unknown>, of = agentId) {
  const context: ToolContext = {
    ...{ agentId: of, conversationId: "conv", runId: "run", stepId: "step", toolCallId: "c", blocks: [], pending: [] },
    ...{ now: "2026-05-10T12:00:00.000Z", timezone: "UTC", signal: new AbortController().signal },
  };
  return starterTools(t.ctx)[name]!.run!(args, context);
}

describe("document_analysis", () => {
  const analyse = async (args: Record<string, unknown>) => (await call("document_analysis", args)).content;

  test("lists the attached files with their pages", async () => {
    expect(await analyse({ action: "list" })).toBe(
      "3 files attached:\npapers/guide.html (text/html)\npapers/plain.txt (text/plain)\npapers/report.pdf (application/pdf, 3 pages)",
    );
  });

  test("takes headings from a document's own, and says where it guesses", async () => {
    expect(await analyse({ action: "outline", file_name: "report.pdf" })).toMatch(
      /3 pages, .*\nHeadings:\n- Findings \(page 2, line 4\)$/,
    );
    expect(await analyse({ action: "outline", file_name: "guide.html" })).toMatch(
      /Headings:\n- Guide \(line 1\)\n {2}- First steps \(line \d+\)$/,
    );
    expect(await analyse({ action: "outline", file_name: "plain.txt" })).toMatch(
      /guessed.*\n- 1 Introduction \(line 1\)\n- 2 Results \(line 5\)$/,
    );
  });

  test("quotes word for word with page and line, finds figures and tables, and says what is not there", async () => {
    expect(await analyse({ action: "quotes", file_name: "report.pdf", query: "forty frogs" })).toMatch(
      /^1 place say 'forty frogs':\n“.*The heron eats forty frogs a day\.” \(papers\/report\.pdf, page 2, line \d\)$/,
    );
    expect(await analyse({ action: "figures", file_name: "report.pdf" })).toContain(
      "Figure 1: The river (page 2, line 6)",
    );
    expect(await analyse({ action: "tables", file_name: "report.pdf" })).toContain(
      "Table 1: Frogs by month (page 3, line 8",
    );
    expect(await analyse({ action: "tables", file_name: "plain.txt" })).toMatch(
      /Table \(line 7, 3 rows\)\nname {4}value/,
    );
    expect(await analyse({ action: "quotes", file_name: "report.pdf", query: "elephants in winter" })).toMatch(
      /^Nothing in/,
    );
    const { status, content } = await call("document_analysis", { action: "outline", file_name: "none.pdf" });
    expect([status, content]).toEqual(["error", expect.stringContaining("Attached are: papers/guide.html")]);
  });
});

describe("knowledge_base_lookup", () => {
  test("finds in files and archives together, each with its source, and records both searches", async () => {
    const { content, writes } = await call("knowledge_base_lookup", { query: "heron", limit: 5 });
    expect(content).toMatch(/papers\/report\.pdf \(page \d, lines \d+-\d+\)/);
    expect(content).toMatch(/note passage-\S+ of \d{4}-\d\d-\d\d, tags birds\nThe heron nests in April\./);
    expect(writes?.map((write) => write.type)).toEqual(["passage-search", "passage-search"]);
    const only = await call("knowledge_base_lookup", { query: "heron", sources: "archives" });
    expect(only.content).not.toContain("report.pdf");
  });

  test("says what to do where there is nothing to look in", async () => {
    const { status, content } = await call("knowledge_base_lookup", { query: "heron" }, bare);
    expect([status, content]).toEqual(["error", expect.stringMatching(/no knowledge base yet.*attaches folders/)]);
    expect((await call("document_analysis", { action: "list" }, bare)).status).toBe("error");
  });
});
