import type { Sharp, SharpInput } from "sharp";

/** The most pixels that an image may have: a small file can be made to unfold into any number of them. */
export const MOST_PIXELS = 50_000_000;
const DECODE_SECONDS = 15;

/** So many images are decoded at once, each by one thread: memory and cores are everybody's. */
const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** Loaded with the first image: most servers never see one. */
async function open(bytes: SharpInput, pixels = MOST_PIXELS): Promise<Sharp> {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp(bytes, { limitInputPixels: pixels, failOn: "error", sequentialRead: true, pages: 1 });
}

/**
 * Decodes an image to its end, in threads beside the event loop; of one that moves, the first picture.
 *
 * @throws Error with a sentence for one that can't be decoded or has too many pixels.
 */
export async function requireDecodable(bytes: Buffer): Promise<void> {
  await inTurn(async () => {
    const image = await open(bytes);
    const { width, height } = await image.metadata().catch(reread);
    if (width * height > MOST_PIXELS) throw tooManyPixels(width, height);
    await image
      .resize(8, 8, { fit: "fill", fastShrinkOnLoad: false })
      .timeout({ seconds: DECODE_SECONDS })
      .raw()
      .toBuffer()
      .catch(reread);
  });
}

const tooManyPixels = (width: number, height: number) =>
  new Error(`it has ${width} × ${height} pixels, more than ${MOST_PIXELS} together: send it smaller`);

function reread(error: unknown): never {
  const said = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(said)) throw new Error(`it has more than ${MOST_PIXELS} pixels: send it smaller`);
  throw new Error("it can't be decoded: it is damaged, cut off, or not of the type that its first bytes say");
}

/** How large an image may be for a model: bytes of its file, and pixels of its longer side. */
export type ImageBounds = { bytes: number; side: number };
export type Fitted = { bytes: Buffer; mediaType: string };

const SIDES = [2048, 1568, 1024, 512, 256];
const QUALITY = 85;

/** An image within bounds: itself where it is, or else made smaller, as JPEG, or PNG where it is see-through. */
export async function fitted(image: Fitted, bounds: ImageBounds): Promise<Fitted> {
  return inTurn(async () => {
    const { width = 0, height = 0, hasAlpha } = await (await open(image.bytes)).metadata();
    if (image.bytes.length <= bounds.bytes && Math.max(width, height) <= bounds.side) return image;
    let made = image;
    for (const side of [bounds.side, ...SIDES.filter((one) => one < bounds.side)]) {
      const smaller = (await open(image.bytes))
        .rotate()
        .resize(side, side, { fit: "inside", withoutEnlargement: true });
      const seeThrough = hasAlpha && image.mediaType !== "image/jpeg";
      const encoded = seeThrough ? smaller.png() : smaller.jpeg({ quality: QUALITY });
      const bytes = await encoded.timeout({ seconds: DECODE_SECONDS }).toBuffer();
      made = { bytes, mediaType: seeThrough ? "image/png" : "image/jpeg" };
      if (bytes.length <= bounds.bytes) break;
    }
    return made;
  });
}
