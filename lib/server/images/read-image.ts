import type { Ctx } from "../core/core";
import { type ApiError, badRequest } from "../core/errors";
import { createPublicFetch } from "../net/public-fetch";

/** An image as it was sent or fetched. `mediaType` is what its first bytes say, or else what it was said to be. */
export type ImageBytes = { bytes: Buffer; mediaType: string };

const FETCH_TIMEOUT_MS = 15_000;
const MOST_REDIRECTS = 5;
const DATA_URL = /^data:(image\/[a-z0-9.+-]+);base64,/i;
const SHOWN_URL_CHARS = 200;

/** @throws ApiError 400 for an image that is empty or larger than the server takes. */
export function imageOfBase64(ctx: Ctx, data: string, mediaType: string): ImageBytes {
  const bytes = Buffer.from(data, "base64");
  if (bytes.length === 0) throw badRequest("INVALID_ARGUMENT: an image has no data");
  if (bytes.length > ctx.config.limits.imageBytes) throw badRequest(`INVALID_ARGUMENT: ${tooLarge(ctx)}`);
  return { bytes, mediaType: sniff(bytes) ?? mediaType };
}

/** An image by its `data:`, `http:` or `https:` URL. @throws ApiError 400 where none can be had there. */
export async function imageOfUrl(ctx: Ctx, url: string): Promise<ImageBytes> {
  const inline = DATA_URL.exec(url);
  if (inline) return imageOfBase64(ctx, url.slice(inline[0].length), inline[1]!);
  const fetch = createPublicFetch({ allowPrivate: ctx.config.allowPrivateUrls });
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  try {
    const response = await follow(fetch, url, signal);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const bytes = await readUpTo(response, ctx.config.limits.imageBytes, tooLarge(ctx));
    const said = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    const mediaType = sniff(bytes) ?? (said.startsWith("image/") ? said : null);
    if (mediaType === null || bytes.length === 0)
      throw new Error(`it is not an image but ${said || "of no known type"}`);
    return { bytes, mediaType };
  } catch (error) {
    throw failedFetch(url, signal.aborted ? `no answer within ${FETCH_TIMEOUT_MS / 1000} s` : messageOf(error));
  } finally {
    fetch.close();
  }
}

/** Each address on the way is judged like the first. */
async function follow(fetch: ReturnType<typeof createPublicFetch>, url: string, signal: AbortSignal) {
  let target = url;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await fetch(target, { signal, headers: { accept: "image/*", "accept-encoding": "identity" } });
    const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    if (!location) return response;
    await response.body?.cancel();
    target = new URL(location, target).href;
  }
  throw new Error("it is redirected too often");
}

async function readUpTo(response: Response, maxBytes: number, whyNot: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    bytes += next.value.length;
    if (bytes > maxBytes) {
      await reader?.cancel();
      throw new Error(whyNot);
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (ctx: Ctx) => `an image may have ${ctx.config.limits.imageBytes} bytes at most`;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function failedFetch(url: string, reason: string): ApiError {
  return badRequest(`Failed to fetch image from ${url.slice(0, SHOWN_URL_CHARS)}: ${reason}`);
}

/** What the first bytes say, of the types that models are shown. */
function sniff(bytes: Buffer): string | null {
  const begins = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString("latin1") === text;
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("GIF87a") || begins("GIF89a")) return "image/gif";
  return begins("RIFF") && begins("WEBP", 8) ? "image/webp" : null;
}
