import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads the first file of a zip archive whose name ends in `suffix`, or null.
 *
 * @throws Error when the archive is broken, or the file larger than `maxBytes`.
 */
export function readZipEntry(archive: Buffer, suffix: string, maxBytes: number): Buffer | null {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error("this is no zip archive");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error("the zip archive is broken");
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    if (name.endsWith(suffix)) return contentOf(archive, at, maxBytes);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return null;
}

function contentOf(archive: Buffer, at: number, maxBytes: number): Buffer {
  const method = archive.readUInt16LE(at + 10);
  const size = archive.readUInt32LE(at + 20);
  const local = archive.readUInt32LE(at + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + size);
  if (method === STORED && size <= maxBytes) return packed;
  if (method === DEFLATED) return inflateRawSync(packed, { maxOutputLength: maxBytes });
  throw new Error("the zip archive has a file that can't be read");
}
