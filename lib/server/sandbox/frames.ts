/** A message of the pipe between server and worker: a JSON head and bytes. */
export type Frame = { head: { type: string; [key: string]: unknown }; blob: Buffer };

export class FrameError extends Error {}

const MAX_HEAD_BYTES = 4 * 1024 * 1024;

export function encodeFrame(head: Frame["head"], blob: Uint8Array = Buffer.alloc(0)): Buffer[] {
  const json = Buffer.from(JSON.stringify(head));
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(json.length, 0);
  sizes.writeUInt32BE(blob.length, 4);
  return [sizes, json, Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)];
}

/** Puts frames together from what comes in. `maxBytes` is the longest blob that it takes. */
export function createFrameReader(maxBytes: number) {
  let chunks: Buffer[] = [];
  let size = 0;

  function take(length: number): Buffer {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const rest = all.subarray(length);
    chunks = rest.length > 0 ? [rest] : [];
    size = rest.length;
    return all.subarray(0, length);
  }

  let sizes: { head: number; blob: number } | null = null;
  return {
    /** @throws FrameError when what came is not a frame, or too large: whoever sent it is not to be listened to. */
    push(chunk: Buffer): Frame[] {
      chunks.push(chunk);
      size += chunk.length;
      const frames: Frame[] = [];
      for (;;) {
        if (!sizes) {
          if (size < 8) return frames;
          const bytes = take(8);
          sizes = { head: bytes.readUInt32BE(0), blob: bytes.readUInt32BE(4) };
          if (sizes.head > MAX_HEAD_BYTES || sizes.blob > maxBytes) throw new FrameError("a frame is too large");
        }
        if (size < sizes.head + sizes.blob) return frames;
        const { head, blob } = sizes;
        sizes = null;
        const bytes = take(head + blob);
        frames.push({ head: parseHead(bytes.subarray(0, head)), blob: bytes.subarray(head) });
      }
    },
  };
}

function parseHead(bytes: Buffer): Frame["head"] {
  try {
    const head: unknown = JSON.parse(bytes.toString("utf8"));
    if (head && typeof head === "object" && "type" in head && typeof head.type === "string") {
      return { ...head, type: head.type };
    }
  } catch {}
  throw new FrameError("a frame is not what it should be");
}
