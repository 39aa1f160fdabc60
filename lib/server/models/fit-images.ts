import { createHash } from "node:crypto";
import { imagesOf, mapImages } from "@/lib/stream/images";
import type { ContentPart, ImagePart, Message } from "@/lib/stream/message";
import { log } from "../core/log";
import { type Fitted, fitted, type ImageBounds, requireDecodable } from "../images/decode";
import { familyOf } from "./family";

const MIB = 1024 * 1024;

/** Anthropic counts the 5 MB of an image as it is sent, in base64; beside many others a side may have 2,000 pixels. */
const ANTHROPIC_BYTES = Math.floor((5 * MIB * 3) / 4) - 1024;
const MANY_IMAGES = 20;

/** What is taken of images, by who makes the model: with one address for many makers, its family says. */
function boundsFor({ providerType, name }: { providerType: string; name: string }, count: number): ImageBounds {
  if (providerType === "anthropic" || familyOf(name) === "claude") {
    return { bytes: ANTHROPIC_BYTES, side: count > MANY_IMAGES ? 2000 : 8000 };
  }
  // Google's limit is of the whole request: 20 MB, in base64.
  if (providerType === "google_ai") return { bytes: Math.floor((14 * MIB) / Math.max(1, count)), side: 8000 };
  return { bytes: 14 * MIB, side: 8000 };
}

const MOST_KEPT_BYTES = 64 * MIB;

/** The last results by key, so that a conversation does not pay for an image at each step. */
const kept = new Map<string, Result>();
let keptBytes = 0;

/**
 * Messages with their images as the provider takes them; what is kept of them is the original. One that nobody can read,
 * from a tool or from before images were looked at, is said to be one: its provider would refuse the whole request.
 */
export async function fitImages(
  messages: Message[],
  model: { providerType: string; name: string },
): Promise<Message[]> {
  const images = new Set(messages.flatMap(imagesOf));
  if (images.size === 0) return messages;
  const bounds = boundsFor(model, images.size);
  // What a request that is only looked at brings is in its messages themselves, and shown as it is.
  const asGiven = new Set(
    messages
      .filter(({ role }) => role === "user")
      .flatMap(imagesOf)
      .filter(({ source }) => source.type === "base64"),
  );
  const made = new Map<ImagePart, ContentPart>();
  for (const image of images) {
    const changed = await fittedPart(image, bounds);
    if (changed && !(changed.type === "text" && asGiven.has(image))) made.set(image, changed);
  }
  return made.size === 0
    ? messages
    : messages.map((message) => mapImages(message, (image) => made.get(image) ?? image));
}

const UNREADABLE: ContentPart = { type: "text", text: "[An image that could not be read]" };

/** An image in the place of another, words in the place of what is none, or null for one that stays. */
async function fittedPart({ source }: ImagePart, bounds: ImageBounds): Promise<ContentPart | null> {
  if (source.type === "url" || !source.data) return null;
  const { data } = source;
  const of = source.type === "letta" ? source.file_id : createHash("sha256").update(data).digest("hex");
  const image = () => ({ bytes: Buffer.from(data, "base64"), mediaType: source.media_type ?? "image/png" });
  const result = await keptOr(`${of} ${bounds.bytes} ${bounds.side}`, () => readAndFit(image(), bounds));
  if (result === null) return UNREADABLE;
  if (result === "as it is") return null;
  return {
    type: "image",
    source: { ...source, media_type: result.mediaType, data: result.bytes.toString("base64") } as ImagePart["source"],
  };
}

type Result = Fitted | "as it is" | null;

async function readAndFit(image: Fitted, bounds: ImageBounds): Promise<Result> {
  try {
    await requireDecodable(image.bytes);
    const made = await fitted(image, bounds);
    return made === image ? "as it is" : made;
  } catch (error) {
    log.warn({ err: error }, "an image of a transcript can't be read");
    return null;
  }
}

async function keptOr(key: string, make: () => Promise<Result>): Promise<Result> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const result = await make();
  kept.set(key, result);
  keptBytes += sizeOf(result);
  for (const [old, one] of kept) {
    if (keptBytes <= MOST_KEPT_BYTES) break;
    kept.delete(old);
    keptBytes -= sizeOf(one);
  }
  return result;
}

/** A verdict alone takes little, but not nothing. */
const sizeOf = (result: Result) => 200 + (result && result !== "as it is" ? result.bytes.length : 0);
