// A process that finds out which packages a tool needs, and makes them fit for the sandbox. It has no files, no network
// and no environment: what it needs of a registry it asks the server for, which fetches from there alone. Nothing of a
// package is run. It serves one request. Arguments: the folders of semver, esbuild-wasm and fflate.
import { ask, end, receive, send } from "./channel.mjs";
import { takePowersAway } from "./lobotomy.mjs";
import { createNpm } from "./packages/npm.mjs";
import { Refused } from "./packages/npm-tree.mjs";
import { createPip } from "./packages/pip.mjs";

const [semver, esbuild, fflate] = process.argv.slice(2);
/** What each kind of request is worked on with, which is loaded before anything of a package is seen. */
const kinds = { npm: async () => createNpm({ semver, esbuild }), pip: () => createPip({ fflate }) };

/** Bytes that the server fetched; what it would not fetch is refused with its words. */
function fetched(method, params) {
  const { bytes, blob } = ask(method, params);
  if (bytes) return blob;
  throw new Refused(String(JSON.parse(blob.toString("utf8")).error ?? "nothing came"));
}

const server = {
  hint: (all) => void (all.length > 0 && ask("hint", { all })),
  document: (params) => fetched("document", params),
  tarball: (params) => fetched("tarball", params),
  page: (params) => fetched("page", params),
  wheel: (params) => fetched("wheel", params),
};

async function answerTo(job) {
  const make = await kinds[job.kind]();
  takePowersAway();
  try {
    return { made: await make(job, server) };
  } catch (error) {
    // What an error of a parser says may hold what it parsed.
    return { refused: error instanceof Refused ? error.message : "the packages could not be put together" };
  }
}

send({ type: "ready" });
const { blob } = receive();
const started = performance.now();
const answer = await answerTo(JSON.parse(blob.toString("utf8")));
const result = Buffer.from(JSON.stringify(answer));
send({ type: "done", trouble: null, durationMs: performance.now() - started, memoryBytes: 0 }, result);
send({ type: "clean", clean: false });
end();
