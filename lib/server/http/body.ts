import { ApiError } from "../core/errors";

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
  const chunks: Uint8Array[] = [];
  await eachChunk(request, maxBytes, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/**
 * Hands on a body as it comes. One that is too large is read to its end, or as far as patience goes, and handed on no
 * more, so that its sender hears of it.
 *
 * @throws ApiError `too-large` beyond `maxBytes`.
 */
export async function eachChunk(
  request: Request,
  maxBytes: number,
  take: (chunk: Uint8Array) => unknown,
): Promise<void> {
  if (!request.body) return;
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) await take(chunk);
    if (bytes > PATIENCE * maxBytes) break;
  }
  if (bytes > maxBytes) throw new ApiError("too-large", `Request body is larger than ${maxBytes} bytes`);
}
