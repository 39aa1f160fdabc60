// The files of an npm tarball. Only plain files are taken: links, devices and names that lead elsewhere are not there.
import { gunzipSync } from "node:zlib";

const BLOCK = 512;
const decoder = new TextDecoder();
const text = (bytes, from, length) => {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  return decoder.decode(end < 0 ? part : part.subarray(0, end));
};

function sizeOf(bytes, at) {
  const digits = text(bytes, at + 124, 12).trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error("broken");
  return Number.parseInt(digits, 8);
}

/** Records of an extended header: "<length> <key>=<value>\n". */
function extended(bytes) {
  const records = new Map();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!(length > space - at)) break;
    const [, key, value] = /^([^=]*)=(.*)\n$/s.exec(decoder.decode(bytes.subarray(space + 1, at + length))) ?? [];
    if (key) records.set(key, value);
    at += length;
  }
  return records;
}

/** The path below the package's folder, or null for one that leads elsewhere. */
function inside(name) {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || /[\\\0]/.test(name) || name.length > 1000) return null;
  return parts.slice(1).join("/") || null;
}

/**
 * Files by their path below the tarball's one folder.
 *
 * @throws Error when it is broken, or larger than `maxBytes` unpacked.
 */
export function filesOfTarball(packed, { maxBytes, maxFiles }) {
  const bytes = gunzipSync(packed, { maxOutputLength: maxBytes });
  const files = new Map();
  let longName = null;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = sizeOf(bytes, at);
    const type = String.fromCharCode(bytes[at + 156]);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw new Error("broken");
    const isUstar = text(bytes, at + 257, 5) === "ustar";
    const prefix = isUstar ? text(bytes, at + 345, 155) : "";
    const name = longName ?? (prefix ? `${prefix}/` : "") + text(bytes, at, 100);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x") longName = extended(content).get("path") ?? longName;
    else if (type === "L") longName = text(content, 0, size);
    else if (type !== "g") {
      longName = null;
      const path = type === "0" || type === "\0" || type === "7" ? inside(name) : null;
      if (path) files.set(path, content);
      if (files.size > maxFiles) throw new Error("too many files");
    }
  }
  return files;
}
