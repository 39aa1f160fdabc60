import { REQUEST_LIMITS } from "@/lib/api/limits";
import type { UploadedFile } from "@/lib/api/upload";
import { ApiError, invalid } from "../errors";

/** A body that is too large is read and thrown away up to so many times the limit, so that its sender hears of it. */
const PATIENCE = 8;

const JSON_TYPE = /^(application|text)\/([\w.-]+\+)?json$/;
/** What `curl -d` says that it sends, whatever it sends. */
const CURL_TYPE = "application/x-www-form-urlencoded";

/**
 * The text of a request's body, which is to be JSON and must not be said to be something else: a page can send any other
 * type anywhere without asking first. No type will do, and an empty body of any.
 *
 * @throws ApiError `unsupported-type`; `too-large` beyond `maxBytes`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<string> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const text = isTold(request, maxBytes)
    ? await request.text()
    : (await readChunks(request, maxBytes)).toString("utf8");
  if (type === "" || JSON_TYPE.test(type) || text === "") return text;
  if (type === CURL_TYPE && /^\s*[[{]/.test(text) && !isOfBrowser(request)) return text;
  throw new ApiError(
    "unsupported-type",
    `The body of this request is to be JSON: send it with "content-type: application/json", not "${type}".`,
  );
}

/** Browsers say where a request comes from; no page can keep them from it. */
function isOfBrowser({ headers }: Request): boolean {
  return headers.has("origin") || [...headers.keys()].some((name) => name.startsWith("sec-fetch-"));
}

/**
 * The fields of a `multipart/form-data` body by name, a list where one is repeated or named `key[]`; files as
 * `UploadedFile`, with the last segment of the name that the client gave (RFC 7578, 4.2).
 *
 * @throws ApiError `too-large` beyond `maxBytes`, `unsupported-type` for a body of another kind, `invalid` for one that is broken.
 */
export async function readForm(request: Request, maxBytes: number): Promise<Record<string, unknown>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new ApiError("unsupported-type", "The body of this request is to be a form: send it as multipart/form-data.");
  }
  const bytes = isTold(request, maxBytes)
    ? Buffer.from(await request.arrayBuffer())
    : await readChunks(request, maxBytes);
  requireFewFields(bytes, type);
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData().catch((error: Error) => {
    throw invalid(`Request body is not a well-formed multipart/form-data: ${error.message}`);
  });
  const fields = new Map<string, unknown>();
  for (const key of new Set(form.keys())) {
    const values = await Promise.all(
      form.getAll(key).map((value) => (typeof value === "string" ? value : fileOf(value))),
    );
    fields.set(key.replace(/\[\]$/, ""), values.length === 1 && !key.endsWith("[]") ? values[0] : values);
  }
  return Object.fromEntries(fields);
}

/** @throws ApiError `invalid` for more fields than anybody sends: each costs the parser of the form. */
function requireFewFields(bytes: Buffer, type: string): void {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  const mark = `--${boundary?.[1] ?? boundary?.[2] ?? ""}`;
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    count += 1;
    if (count > REQUEST_LIMITS.fields + 1) throw invalid(`A form must have at most ${REQUEST_LIMITS.fields} fields`);
  }
}

async function fileOf(file: File): Promise<UploadedFile> {
  const name = file.name.split(/[/\\]/).at(-1) ?? "";
  return { name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** Whether the request says how long it is, and that is within the limit. */
function isTold(request: Request, maxBytes: number): boolean {
  const length = request.headers.get("content-length");
  return length !== null && !request.headers.has("transfer-encoding") && Number(length) <= maxBytes;
}

/**
 * A body that may come in chunks, or longer than it should be.
 *
 * @throws ApiError `too-large` beyond `maxBytes`; no more than that is kept in memory.
 */
async function readChunks(request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > PATIENCE * maxBytes) break;
  }
  if (bytes > maxBytes) throw new ApiError("too-large", `Request body is larger than ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}
