// A process that runs JavaScript calls, one after the other, each in an interpreter with a memory of its own. Arguments:
// the folders of quickjs-emscripten-core and of its WebAssembly file, and this folder.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ask, end, outputMeter, receive, send, sleep } from "./channel.mjs";
import { takePowersAway } from "./lobotomy.mjs";

const [core, wasm, own] = process.argv.slice(2);
const from = (path) => import(pathToFileURL(path).href);
const { newQuickJSWASMModuleFromVariant, newVariant } = await from(`${core}/dist/index.mjs`);
const { default: variant } = await from(`${wasm}/dist/index.mjs`);
const wasmModule = new WebAssembly.Module(readFileSync(`${wasm}/dist/emscripten-module.wasm`));
const prelude = readFileSync(`${own}/prelude.js`, "utf8");

/** More than this crashed the process instead of throwing inside the interpreter. */
const STACK_BYTES = 128 * 1024;
/** What WebAssembly may hold beyond the limit that the interpreter itself keeps. */
const OVERHEAD_BYTES = 32 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

let capBytes = Number.POSITIVE_INFINITY;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > capBytes) throw new RangeError("the memory limit of this call");
  return Reflect.apply(grow, this, [pages]);
};

/** A new interpreter, with a WebAssembly memory that no call has seen. */
const newInterpreter = () => newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule }));

function hostOf(meter, result) {
  const kinds = {
    ask(text) {
      const { method, params } = JSON.parse(text);
      return ask(String(method), params ?? {}).blob.toString("utf8");
    },
    sleep: (text) => void sleep(Math.min(Number(text) || 0, 0x7fffffff)),
    uuid: () => randomUUID(),
    result(text) {
      result.text ??= text;
    },
  };
  const print = (stream) => (text) => {
    if (meter.write(stream, text)) return;
    send({ type: "overflow" });
    end();
  };
  const all = new Map(Object.entries({ ...kinds, stdout: print("stdout"), stderr: print("stderr") }));
  return (kind, text) => all.get(kind)?.(text) ?? "";
}

/** A realm for one call, or for those of one session. */
function newRealm(interpreter, memoryBytes) {
  const runtime = interpreter.newRuntime();
  runtime.setMemoryLimit(memoryBytes);
  runtime.setMaxStackSize(STACK_BYTES);
  const realm = { runtime, context: null, modules: new Map(), calls: 0 };
  runtime.setModuleLoader(
    (name) => realm.modules.get(name) ?? { error: new Error(`this tool has no package ${name}`) },
    (_base, name) => name,
  );
  realm.context = runtime.newContext();
  return realm;
}

/** Runs a call to its end. */
function execute(realm, frame, job, result) {
  const { runtime, context } = realm;
  realm.calls += 1;
  const file = realm.calls === 1 ? "tool.js" : `tool-${realm.calls}.js`;
  realm.modules = new Map([[file, job.code], ...Object.entries(job.modules)]);
  const host = hostOf(outputMeter(frame.outputChars), result);
  const callHost = context.newFunction("host", (kind, text) =>
    context.newString(String(host(context.getString(kind), context.getString(text)))),
  );
  const input = context.unwrapResult(
    context.evalCode(`(${JSON.stringify(JSON.stringify({ ...frame.visible, file }))})`),
  );
  const parsed = context.unwrapResult(
    context.callFunction(context.unwrapResult(context.evalCode("JSON.parse")), context.undefined, input),
  );
  const start = context.unwrapResult(context.evalCode(prelude, "prelude.js"));
  const control = context.unwrapResult(context.callFunction(start, context.undefined, callHost, parsed));
  const tick = context.getProp(control, "tick");
  const stuck = context.getProp(control, "stuck");
  const drain = () => {
    const jobs = runtime.executePendingJobs();
    if (jobs.error) result.text ??= JSON.stringify(failure(context.dump(jobs.error)));
  };
  drain();
  while (result.text === null) {
    const more = context.callFunction(tick, context.undefined);
    if (more.error) {
      result.text ??= JSON.stringify(failure(context.dump(more.error)));
      break;
    }
    if (!context.dump(more.value)) {
      drain();
      if (result.text === null) context.callFunction(stuck, context.undefined);
      break;
    }
    drain();
  }
}

/** What the interpreter holds; null where it is so broken that it can't be asked. */
function heldBytes({ runtime, context }) {
  try {
    return context.dump(runtime.computeMemoryUsage()).memory_used_size ?? null;
  } catch {
    return null;
  }
}

function failure(thrown) {
  const error = {
    type: String(thrown?.name ?? "Error"),
    message: String(thrown?.message ?? thrown).slice(0, 20_000),
    traceback: String(thrown?.stack ?? "").slice(0, 20_000),
  };
  return { status: "error", value: null, text: "", textLength: 0, error, memoryEdits: [] };
}

function run(realm, frame) {
  const { code, modules, ...visible } = JSON.parse(frame.blob.toString("utf8"));
  const result = { text: null };
  const started = performance.now();
  let trouble = null;
  capBytes = frame.memoryBytes + OVERHEAD_BYTES;
  try {
    execute(realm, { ...frame, visible }, { code, modules }, result);
  } catch (error) {
    trouble = /call stack/.test(error?.message)
      ? "recursion"
      : `the interpreter failed: ${String(error?.message).slice(0, 500)}`;
  }
  const durationMs = performance.now() - started;
  const memoryBytes = heldBytes(realm);
  capBytes = Number.POSITIVE_INFINITY;
  send({ type: "done", trouble, durationMs, memoryBytes }, result.text === null ? NOTHING : Buffer.from(result.text));
  return trouble === null;
}

takePowersAway();
send({ type: "ready" });
/** Memories of interpreters that are gone are collected after so many calls. */
const COLLECT_AFTER = 16;

let interpreter = await newInterpreter();
let kept = null;
for (let calls = 1; ; calls++) {
  const frame = receive();
  const realm = kept ?? newRealm(interpreter, frame.memoryBytes);
  const whole = run(realm, frame);
  if (frame.keep) kept = realm;
  else if (whole) {
    interpreter = await newInterpreter();
    if (calls % COLLECT_AFTER === 0) globalThis.gc?.();
  }
  send({ type: "clean", clean: whole });
  if (!whole) end();
}
