// The worker's end of the pipe to the server: frames of a JSON head and a blob, read and written without an event loop.
import { readSync, writeSync } from "node:fs";

const PIPE = 3;
const nap = new Int32Array(new SharedArrayBuffer(4));

/** Waits without spinning. */
export function sleep(ms) {
  Atomics.wait(nap, 0, 0, ms);
}

function patiently(work) {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      sleep(1);
    }
  }
}

function readExactly(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const count = patiently(() => readSync(PIPE, bytes, at, length - at, null));
    // The server is gone: nobody needs this process.
    if (count === 0) end();
    at += count;
  }
  return bytes;
}

/** Ends this process at once; kept from before `process` was taken away. */
export const end = process.reallyExit.bind(process, 0);

/** Reads the next frame, waiting for it. */
export function receive() {
  const sizes = readExactly(8);
  const head = readExactly(sizes.readUInt32BE(0));
  const blob = readExactly(sizes.readUInt32BE(4));
  return { ...JSON.parse(head.toString("utf8")), blob };
}

export function send(head, blob = Buffer.alloc(0)) {
  const json = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.allocUnsafe(8 + json.length + blob.length);
  bytes.writeUInt32BE(json.length, 0);
  bytes.writeUInt32BE(blob.length, 4);
  json.copy(bytes, 8);
  bytes.set(blob, 8 + json.length);
  for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(PIPE, bytes, at, bytes.length - at, null));
}

/** Asks the server and waits for its answer: JSON text, as it came. */
export function ask(method, params) {
  send({ type: "ask", method, params });
  return receive();
}

/** Sends output on as it comes, up to a limit, of which ten times as much ends the call. */
export function outputMeter(limitChars) {
  let written = 0;
  return {
    write(stream, text) {
      const room = Math.max(0, limitChars - written);
      written += text.length;
      if (room > 0 && text.length > 0) send({ type: "output", stream, text: text.slice(0, room) });
      return written <= limitChars * 10;
    },
  };
}
