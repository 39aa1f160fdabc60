// A package of an npm registry as one module: what it requires is resolved, unpacked in memory, and bundled.
import { createRequire } from "node:module";
import { createBundler } from "./bundle.mjs";
import { Refused, resolveTree, wantedOf } from "./npm-tree.mjs";
import { filesOfTarball } from "./tarball.mjs";

const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 40_000;
const MAX_BUNDLE_CHARS = 8 * 1024 * 1024;

const entryOf = (name) => `import * as all from ${JSON.stringify(name)};
export { all as __memoir_all };
export default "default" in all ? all.default : all;`;

export function createNpm({ semver: semverFolder, esbuild }) {
  const semver = createRequire(`${semverFolder}/`)("./index.js");
  const bundle = createBundler(esbuild);

  /** @param server `{ document(name), tarball(what), hint(what) }`, which give bytes. */
  return async function install({ name, spec }, server) {
    const hinted = new Set();
    const documents = new Map();
    const packages = resolveTree(
      semver,
      { name, spec },
      {
        hint(names) {
          const fresh = names.filter((one) => !hinted.has(one));
          for (const one of fresh) hinted.add(one);
          if (fresh.length > 0) server.hint(fresh.map((one) => ({ method: "document", params: { name: one } })));
        },
        document(one) {
          if (!documents.has(one)) documents.set(one, parsed(one, server.document({ name: one })));
          return documents.get(one);
        },
      },
    );
    server.hint(packages.map((one) => ({ method: "tarball", params: paramsOf(one) })));
    const files = new Map();
    const room = { bytes: MAX_UNPACKED_BYTES, files: MAX_FILES };
    for (const one of packages) unpack(semver, one, server.tarball(paramsOf(one)), files, room);
    const made = await bundle(entryOf(name), files);
    if (made.error) throw new Refused(`${name} can't be bundled for the sandbox: ${made.error}`);
    if (made.code.length > MAX_BUNDLE_CHARS) throw new Refused(`${name} is larger than ${MAX_BUNDLE_CHARS} characters`);
    return made.code;
  };
}

const paramsOf = ({ name, url, integrity }) => ({ name, url, integrity });

function parsed(name, bytes) {
  try {
    const document = JSON.parse(bytes.toString("utf8"));
    if (document && typeof document === "object") return document;
  } catch {}
  throw new Refused(`what the registry says of ${name} can't be read`);
}

function unpack(semver, one, packed, files, room) {
  const own = `${one.name}@${one.version}`;
  let found;
  try {
    found = filesOfTarball(packed, { maxBytes: room.bytes, maxFiles: room.files });
  } catch {
    throw new Refused(`${own} can't be unpacked, or is too large with what it requires`);
  }
  for (const [path, content] of found) {
    room.bytes -= content.length;
    room.files -= 1;
    files.set(`/work${one.folder}/${path}`, content);
  }
  if (room.bytes < 0 || room.files < 0) throw new Refused(`${own} is too large with what it requires`);
  // The registry's word on what it requires and its own may differ: neither may name what is not the registry's.
  for (const path of found.keys()) {
    if (path !== "package.json" && !/(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path)) continue;
    const said = manifestOf(found.get(path));
    for (const [name, spec] of [said.dependencies, said.optionalDependencies].flatMap(entries)) {
      wantedOf(semver, name, spec, own);
    }
  }
}

const entries = (object) => (object && typeof object === "object" ? Object.entries(object) : []);

function manifestOf(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}
