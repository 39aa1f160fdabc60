// A process that runs Python calls, one after the other. Arguments: Pyodide's folder, this folder, and the memory image
// to start from, or "make" to write one to the pipe.
import { readFileSync } from "node:fs";
import { ask, end, outputMeter, receive, send, sleep } from "./channel.mjs";
import { takePowersAway } from "./lobotomy.mjs";
import { openPyodide } from "./sealed-pyodide.mjs";
import { timeZoneFile } from "./time-zone.mjs";

const [folder, own, image] = process.argv.slice(2);
const MODULES = ["memoir_pydantic", "memoir_network", "memoir_agent", "memoir_driver"];

/** Python that makes a module of a file's text. */
function asModule(name) {
  const source = readFileSync(`${own}/python/${name}.py`, "utf8");
  return `import sys, types
module = sys.modules[${JSON.stringify(name)}] = types.ModuleType(${JSON.stringify(name)})
exec(compile(${JSON.stringify(source)}, ${JSON.stringify(`${name}.py`)}, "exec"), module.__dict__)`;
}

const call = { job: null, meter: null, result: null, tooMuch: false };
const NOTHING = new Uint8Array(0);

const host = {
  output(stream, text) {
    if (!call.meter || call.meter.write(stream, text)) return;
    send({ type: "overflow" });
    end();
  },
  /** What Python writes to its device: J asks for the job, A asks the server, S sleeps, Z is a time zone, R is the result. */
  message(bytes) {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
    switch (String.fromCharCode(bytes[0])) {
      case "J":
        return call.job;
      case "A":
        return answer(body.toString("utf8"));
      case "S":
        sleep(Math.min(Number(body.toString("latin1")) * 1000 || 0, 0x7fffffff));
        return NOTHING;
      case "Z":
        return timeZoneFile(body.toString("latin1")) ?? NOTHING;
      case "R":
        call.result = Buffer.from(body);
        return NOTHING;
      default:
        return NOTHING;
    }
  },
};

/** What a call may ask is the server's to say: here it is only passed on, as text. */
function answer(text) {
  const { method, params } = JSON.parse(text);
  return ask(String(method), params ?? {}).blob;
}

function run(frame, machine) {
  call.job = frame.blob;
  call.result = null;
  call.meter = outputMeter(frame.outputChars);
  const started = performance.now();
  const trouble = machine.run(frame.memoryBytes);
  const durationMs = performance.now() - started;
  send({ type: "done", trouble, durationMs, memoryBytes: machine.heldBytes() }, call.result ?? NOTHING);
  call.meter = null;
  call.job = NOTHING;
  return trouble;
}

if (image === "make") {
  const { makeSnapshot } = await openPyodide({ folder, boot: { sources: MODULES.map(asModule) }, host });
  send({ type: "image" }, makeSnapshot());
} else {
  const machine = await openPyodide({ folder, boot: { snapshot: readFileSync(image) }, host });
  takePowersAway();
  send({ type: "ready" });
  for (;;) {
    const frame = receive();
    if (frame.type === "file") machine.addFile(frame.path, frame.blob);
    else {
      const trouble = run(frame, machine);
      // What a session left is not taken away.
      const clean = frame.keep ? trouble === null : machine.reset();
      send({ type: "clean", clean });
      if (!clean) end();
    }
  }
}
