// Given to a server by NODE_OPTIONS=--import: notes each turn of its event loop that took long, as the processor's time of
// the main thread, which other work on the machine does not lengthen. One line of JSON a turn, in MEMOIR_LOOP_LOG.
import { appendFileSync, readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const EVERY_MS = 5;
const NOTED_MS = 20;
const file = process.env.MEMOIR_LOOP_LOG;

/** Milliseconds that the main thread was on a processor. */
function cpuMs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

if (isMainThread && file && process.argv[1]?.endsWith("server.mjs")) {
  let last = cpuMs();
  setInterval(() => {
    const now = cpuMs();
    if (now - last > NOTED_MS) appendFileSync(file, `${JSON.stringify({ ms: Math.round(now - last) })}\n`);
    last = cpuMs();
  }, EVERY_MS).unref();
}
