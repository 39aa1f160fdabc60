import type { Ctx } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { createPublicFetch } from "../net/public-fetch";
import { requireDecodable } from "./decode";

/** An image as it was sent or fetched. `mediaType` is what its first bytes say. */
export type ImageBytes = { bytes: Buffer; mediaType: string };

const FETCH_TIMEOUT_MS = 15_000;
const MOST_REDIRECTS = 5;
const DATA_URL = /^data:(image\/[a-z0-9.+-]+);base64,/i;
const SHOWN_URL_CHARS = 200;

/** An image that is only looked at: of a known type, or as PNG. @throws ApiError 400 as `imageOfBase64`, but for what it holds. */
export function imageBytesOfBase64(ctx: Ctx, data: string): ImageBytes {
  const bytes = boundedBytes(ctx, data);
  return { bytes, mediaType: sniff(bytes) ?? "image/png" };
}

function boundedBytes(ctx: Ctx, data: string): Buffer {
  const bytes = Buffer.from(data, "base64");
  if (bytes.length === 0) throw badRequest("INVALID_ARGUMENT: an image has no data");
  if (bytes.length > ctx.config.limits.imageBytes) throw badRequest(`INVALID_ARGUMENT: ${tooLarge(ctx)}`);
  return bytes;
}

/** @throws ApiError 400 for an image that is empty or larger than the server takes. */
export async function imageOfBase64(ctx: Ctx, data: string): Promise<ImageBytes> {
  const bytes = boundedBytes(ctx, data);
  return decoded(bytes).catch((error) => {
    throw new UnreadableImageError(messageOf(error));
  });
}

/** An image that no model could be shown. */
export class UnreadableImageError extends ApiError {
  constructor(why: string) {
    super("bad-request", `INVALID_ARGUMENT: an image is refused: ${why}`);
  }
}

/** An image that models can be shown. @throws Error with a sentence for what is none. */
async function decoded(bytes: Buffer): Promise<ImageBytes> {
  const mediaType = sniff(bytes);
  if (mediaType === null) throw new Error("it is none of PNG, JPEG, GIF and WebP, which models are shown");
  await requireDecodable(bytes);
  return { bytes, mediaType };
}

/** An image by its `data:`, `http:` or `https:` URL. @throws ApiError 400 where none can be had there. */
export async function imageOfUrl(ctx: Ctx, url: string): Promise<ImageBytes> {
  const inline = DATA_URL.exec(url);
  if (inline) return imageOfBase64(ctx, url.slice(inline[0].length));
  const fetch = createPublicFetch({ allowPrivate: ctx.config.allowPrivateUrls });
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  try {
    const response = await follow(fetch, url, signal);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const bytes = await readUpTo(response, ctx.config.limits.imageBytes, tooLarge(ctx));
    const said = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (bytes.length === 0 || (sniff(bytes) === null && !said.startsWith("image/")))
      throw new Error(`it is not an image but ${said || "of no known type"}`);
    return await decoded(bytes);
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
