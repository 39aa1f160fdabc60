import { ApiError } from "../errors";

/** A body that is too large is read and thrown away up to so many times the limit, so that its sender hears of it. */
const PATIENCE = 8;

/**
 * The text of a request's body, which may say how long it is or come in chunks.
 *
 * @throws ApiError `too-large` beyond `maxBytes`; no more than that is kept in memory.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const length = request.headers.get("content-length");
  const isTold = length !== null && !request.headers.has("transfer-encoding");
  if (isTold && Number(length) <= maxBytes) return request.text();
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > PATIENCE * maxBytes) break;
  }
  if (bytes > maxBytes) throw new ApiError("too-large", `Request body is larger than ${maxBytes} bytes`);
  return Buffer.concat(chunks).toString("utf8");
}
