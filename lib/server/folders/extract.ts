import { decodeBytes } from "../core/decode";
import { MAX_TEXT_CHARS } from "./chunk-file";
import { openFileWorker, TookTooMuchError, WorkerFailure } from "./file-worker";
import type { Format } from "./format";
import { joinPages, type Structure } from "./structure";

/** What is read by a library of its own. */
type Document = Exclude<Format, "text" | "csv">;

/** Why a file can't be read, in a sentence for its owner. */
export class UnreadableFileError extends Error {}

const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
const READING_MS = 60_000;

/** A document's text, and what this no longer says of it. */
export type Extracted = { text: string; structure: Structure };

/**
 * The text of a document.
 *
 * @throws UnreadableFileError for one that is broken, encrypted, without text, or too large when unpacked.
 */
export async function extractText(format: Document, bytes: Uint8Array<ArrayBuffer>): Promise<Extracted> {
  const { text, structure } = await inWorker(format, bytes);
  if (text.length > MAX_TEXT_CHARS) {
    throw new UnreadableFileError(`Its text has ${text.length} characters, and ${MAX_TEXT_CHARS} are the limit.`);
  }
  if (format === "pdf" && text.trim() === "") {
    throw new UnreadableFileError("It has no text: the pages may be pictures of text.");
  }
  return { text, structure };
}

async function inWorker(format: Document, bytes: Uint8Array<ArrayBuffer>): Promise<Extracted> {
  if (format === "docx" && unpackedBytes(bytes) > MAX_UNPACKED_BYTES) {
    throw new UnreadableFileError(`It unpacks to more than ${MAX_UNPACKED_BYTES} bytes.`);
  }
  const worker = openFileWorker();
  try {
    if (format === "pdf") {
      const { pages, headings } = await worker.ask("pdf", { bytes }, READING_MS);
      const joined = joinPages(pages);
      return { text: joined.text, structure: { pages: joined.pages, headings } };
    }
    const { text, headings } =
      format === "docx"
        ? await worker.ask("docx", { bytes }, READING_MS)
        : await worker.ask("html", { text: decodeBytes(bytes, namedIn(bytes)) ?? "" }, READING_MS);
    return { text, structure: { headings } };
  } catch (error) {
    if (error instanceof TookTooMuchError) throw new UnreadableFileError(`It could not be read: ${error.message}.`);
    if (!(error instanceof WorkerFailure)) throw error;
    if (error.kind === "PasswordException") throw new UnreadableFileError("It is encrypted with a password.");
    throw new UnreadableFileError(`It could not be read, and may be broken: ${error.message.slice(0, 300)}`);
  } finally {
    worker.end();
  }
}

const NAMED = /<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)/i;

/** The encoding that a page says it is in. */
function namedIn(bytes: Uint8Array): string | null {
  return NAMED.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 4096)))?.[1] ?? null;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const END_BYTES = 22;

/** What the entries of a zip archive say that they unpack to, together. */
function unpackedBytes(bytes: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new UnreadableFileError("It is not a Word document: the archive has no end.");
  let total = 0;
  let at = view.getUint32(end + 16, true);
  while (at + ENTRY_BYTES <= bytes.length && view.getUint32(at, true) === DIRECTORY_ENTRY) {
    total += view.getUint32(at + 24, true);
    at += ENTRY_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return total;
}
