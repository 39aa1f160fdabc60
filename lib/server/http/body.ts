import { ApiError } from "../errors";

/**
 * The text of a request's body, which may say how long it is or come in chunks.
 *
 * @throws ApiError `too-large` beyond `maxBytes`; no more than that is kept in memory.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const length = request.headers.get("content-length");
  if (length !== null && !request.headers.has("transfer-encoding")) {
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    return request.text();
  }
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError("too-large", `Request body is larger than ${maxBytes} bytes`);
}
