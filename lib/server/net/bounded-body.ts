import { Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { decodeBytes } from "../core/decode";

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The beginning of a response's body, decompressed, at most `maxBytes` long; the rest is not read.
 *
 * @throws Error for an encoding that it doesn't know, or a body that breaks off.
 */
export async function readBounded(response: Response, maxBytes: number): Promise<{ bytes: Buffer; isCut: boolean }> {
  if (!response.body) return { bytes: Buffer.alloc(0), isCut: false };
  const encoding = response.headers.get("content-encoding")?.trim().toLowerCase() || "identity";
  const decoder = encoding === "identity" ? null : DECODERS[encoding]?.();
  if (decoder === undefined) throw new Error(`the content encoding ${encoding} is not supported`);
  const raw = Readable.from(chunksOf(response.body));
  const source: AsyncIterable<Uint8Array> = decoder ? raw.pipe(decoder) : raw;
  raw.on("error", (error) => decoder?.destroy(error));
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    parts.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) break;
  }
  raw.destroy();
  return { bytes: Buffer.concat(parts).subarray(0, maxBytes), isCut: size > maxBytes };
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * Text in the charset that its header or its own beginning names, or that it looks like; null for what is not text,
 * whatever it is labelled as.
 */
export function decodeText(bytes: Buffer, contentType: string): string | null {
  const named = /charset\s*=\s*["']?([\w-]+)/i;
  const said = named.exec(contentType)?.[1] ?? named.exec(bytes.subarray(0, 2048).toString("latin1"))?.[1] ?? null;
  return decodeBytes(bytes, said);
}
