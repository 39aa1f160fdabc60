import { encodingOf } from "../core/decode";
import { ApiError } from "../core/errors";

/** How a file is read. */
export type Format = "pdf" | "docx" | "html" | "csv" | "text";

const MEDIA_TYPES: Record<Exclude<Format, "text">, string> = {
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  html: "text/html",
  csv: "text/csv",
};

const HTML_NAME = /\.x?html?$/i;
const CSV_NAME = /\.[ct]sv$/i;
const DOCX_NAME = /\.docx$/i;

/**
 * What a file is, by its bytes first: its name and the media type that the client gives may be wrong.
 *
 * @throws ApiError `unsupported-type` for what can't be read.
 */
export function formatOf(file: { name: string; type: string; bytes: Uint8Array }): Format {
  const { name, type, bytes } = file;
  const begins = (...start: number[]) => start.every((byte, index) => bytes[index] === byte);
  if (begins(0x25, 0x50, 0x44, 0x46, 0x2d)) return "pdf";
  if (begins(0x50, 0x4b, 0x03, 0x04) && (DOCX_NAME.test(name) || type === MEDIA_TYPES.docx)) return "docx";
  if (encodingOf(bytes) === null) throw unsupported(name);
  if (HTML_NAME.test(name) || /^(text\/html|application\/xhtml\+xml)\b/.test(type)) return "html";
  return CSV_NAME.test(name) || /^text\/csv\b/.test(type) ? "csv" : "text";
}

function unsupported(name: string): ApiError {
  return new ApiError(
    "unsupported-type",
    `Unsupported file type: '${name}' is neither text nor a document that can be read. Supported are PDF, Word (.docx), HTML, CSV, Markdown, JSON, source code, and any other text, best in UTF-8.`,
  );
}

/** The media type that a file is listed with. */
export function mediaTypeOf(format: Format, given: string): string {
  if (format !== "text") return MEDIA_TYPES[format];
  const type = given.split(";")[0]!.trim().toLowerCase();
  return /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type) && type !== "application/octet-stream" ? type : "text/plain";
}
