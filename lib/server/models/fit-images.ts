import { createHash } from "node:crypto";
import { imagesOf, mapImages } from "@/lib/stream/images";
import type { ImagePart, Message } from "@/lib/stream/message";
import { log } from "../core/log";
import { type Fitted, fitted, type ImageBounds } from "../images/decode";
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

/** The smallest file that is looked into: smaller ones can't be too large in any way that a provider refuses. */
const LOOKED_INTO = 64 * 1024;
const MOST_KEPT_BYTES = 64 * MIB;

/** The last results by key, so that a conversation does not pay for an image at each step. */
const kept = new Map<string, Fitted>();
let keptBytes = 0;

/** Messages with their images as the provider takes them. What is kept of them is the original. */
export async function fitImages(
  messages: Message[],
  model: { providerType: string; name: string },
): Promise<Message[]> {
  const images = messages.flatMap(imagesOf);
  if (images.length === 0) return messages;
  const bounds = boundsFor(model, images.length);
  const made = new Map<ImagePart, ImagePart>();
  for (const image of new Set(images)) {
    const changed = await fittedPart(image, bounds);
    if (changed) made.set(image, changed);
  }
  return made.size === 0
    ? messages
    : messages.map((message) => mapImages(message, (image) => made.get(image) ?? image));
}

async function fittedPart({ source }: ImagePart, bounds: ImageBounds): Promise<ImagePart | null> {
  if (source.type === "url" || !source.data || source.data.length < LOOKED_INTO) return null;
  const { data } = source;
  const mediaType = source.media_type ?? "image/png";
  const key = `${source.type === "letta" ? source.file_id : createHash("sha256").update(data).digest("hex")} ${bounds.bytes} ${bounds.side}`;
  try {
    const { bytes, mediaType: media_type } = await keptOr(key, () =>
      fitted({ bytes: Buffer.from(data, "base64"), mediaType }, bounds),
    );
    const shown = bytes.toString("base64");
    if (shown === data) return null;
    return { type: "image", source: { ...source, media_type, data: shown } as ImagePart["source"] };
  } catch (error) {
    // What was kept before images were looked at may be no image: its provider says so, as ever.
    log.warn({ err: error }, "an image could not be made to fit");
    return null;
  }
}

async function keptOr(key: string, make: () => Promise<Fitted>): Promise<Fitted> {
  const known = kept.get(key);
  if (known) return known;
  const image = await make();
  kept.set(key, image);
  keptBytes += image.bytes.length;
  for (const [old, { bytes }] of kept) {
    if (keptBytes <= MOST_KEPT_BYTES) break;
    kept.delete(old);
    keptBytes -= bytes.length;
  }
  return image;
}
