// Work that may take long or never end, in a thread of its own that can be ended: reading files of others, and regular
// expressions of others. Plain JavaScript, because a thread starts from a file.
import { parentPort } from "node:worker_threads";

const TASKS = { pdf, docx, html, grep };

parentPort.on("message", async ({ task, input }) => {
  try {
    parentPort.postMessage({ value: await TASKS[task](input) });
  } catch (error) {
    parentPort.postMessage({ error: { name: error?.name ?? "Error", message: String(error?.message ?? error) } });
  }
});

/** The text of each page. */
async function pdf({ bytes }) {
  const { extractText, getDocumentProxy } = await import("unpdf");
  const document = await getDocumentProxy(bytes, { isEvalSupported: false, stopAtErrors: false });
  const { text } = await extractText(document, { mergePages: false });
  return text.map((page) => page.trim()).join("\n\n");
}

async function docx({ bytes }) {
  const { default: mammoth } = await import("mammoth");
  const noImages = mammoth.images.imgElement(async () => ({ src: "" }));
  const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage: noImages });
  return textOfHtml(value);
}

/** What a reader of the page sees, without addresses and pictures. */
async function html({ bytes }) {
  const start = bytes[0] * 256 + bytes[1];
  const encoding = start === 0xfffe ? "utf-16le" : start === 0xfeff ? "utf-16be" : "utf-8";
  return textOfHtml(new TextDecoder(encoding).decode(bytes).replaceAll(/\r\n?/g, "\n"));
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
