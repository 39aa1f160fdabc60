// Work that may take long or never end, in a thread of its own that can be ended: reading files of others, and regular
// expressions of others. Plain JavaScript, because a thread starts from a file.
import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";

const TASKS = { pdf, docx, html, grep };

parentPort.on("message", async ({ task, input }) => {
  try {
    parentPort.postMessage({ value: await TASKS[task](input) });
  } catch (error) {
    parentPort.postMessage({ error: { name: error?.name ?? "Error", message: String(error?.message ?? error) } });
  }
});

/** Which characters the codes of fonts mean that a document does not bring along: those of Chinese, Japanese and Korean. */
class CharacterMaps {
  async fetch({ kind, filename }) {
    if (kind !== "cMapUrl" || !/^[\w-]+\.bcmap$/.test(filename)) throw new Error(`${filename} is not here`);
    return new Uint8Array(await readFile(new URL(`cmaps/${filename}`, import.meta.url)));
  }
}

/** The text of each page, and the bookmarks of the document. */
async function pdf({ bytes }) {
  const { extractText, getDocumentProxy } = await import("unpdf");
  const document = await getDocumentProxy(bytes, {
    isEvalSupported: false,
    stopAtErrors: false,
    cMapUrl: "cmaps/",
    cMapPacked: true,
    useWorkerFetch: false,
    BinaryDataFactory: CharacterMaps,
  });
  const { text } = await extractText(document, { mergePages: false });
  return { pages: text.map((page) => page.trim()), headings: await bookmarksOf(document).catch(() => []) };
}

const MOST_HEADINGS = 2000;

async function bookmarksOf(document) {
  const found = [];
  const visit = async (items, level) => {
    for (const { title, dest, items: below } of items ?? []) {
      if (found.length >= MOST_HEADINGS || level > 6) return;
      const place = typeof dest === "string" ? await document.getDestination(dest) : dest;
      const page = place?.[0]
        ? await document.getPageIndex(place[0]).then(
            (index) => index + 1,
            () => undefined,
          )
        : undefined;
      found.push({ level, text: String(title).trim(), page });
      await visit(below, level + 1);
    }
  };
  await visit(await document.getOutline(), 1);
  return found.filter(({ text }) => text !== "");
}

async function docx({ bytes }) {
  const { default: mammoth } = await import("mammoth");
  const noImages = mammoth.images.imgElement(async () => ({ src: "" }));
  const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage: noImages });
  return { text: await textOfHtml(value), headings: await headingsOfHtml(value) };
}

/** What a reader of the page sees, without addresses and pictures. */
async function html({ text }) {
  return { text: await textOfHtml(text), headings: await headingsOfHtml(text) };
}

async function headingsOfHtml(markup) {
  const { convert } = await import("html-to-text");
  const found = [];
  for (const [, level, inner] of markup.matchAll(/<h([1-6])\b[^>]*>([\s\S]{0,1000}?)<\/h\1\s*>/gi)) {
    const text = convert(inner, { wordwrap: false, selectors: [{ selector: "a", options: { ignoreHref: true } }] });
    if (text.trim() !== "") found.push({ level: Number(level), text: text.replace(/\s+/g, " ").trim() });
    if (found.length >= MOST_HEADINGS) break;
  }
  return found;
}

async function textOfHtml(text) {
  const { convert } = await import("html-to-text");
  return convert(text, {
    wordwrap: false,
    selectors: [
      { selector: "a", options: { ignoreHref: true } },
      { selector: "img", format: "skip" },
      { selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false, maxColumnWidth: 200 } },
      ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  });
}

/** Numbers, from 0, of the lines of each text in which the pattern is found. */
function grep({ pattern, texts }) {
  const expression = new RegExp(pattern, "i");
  return texts.map((text) => text.split("\n").flatMap((line, index) => (expression.test(line) ? [index] : [])));
}
