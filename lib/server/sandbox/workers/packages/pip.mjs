// Wheels in pure Python for requirements and what they require: chosen from the pages of an index, and looked into.
import { pathToFileURL } from "node:url";
import { Refused } from "./npm-tree.mjs";
import { compareReleases, dependenciesOf, normalizeName, releaseOf, satisfies } from "./python-versions.mjs";

const MAX_WHEELS = 60;
const MAX_METADATA_BYTES = 2 * 1024 * 1024;
const MAX_MEMBERS = 20_000;
const MAX_UNPACKED_BYTES = 200 * 1024 * 1024;
const WHEEL = /^([A-Za-z0-9_.]+)-([A-Za-z0-9_.!+]+)(?:-\d[A-Za-z0-9_.]*)?-(?:py2\.)?py3-none-any\.whl$/;
const SHA256 = /^[0-9a-f]{64}$/;

export async function createPip({ fflate }) {
  const { unzipSync } = await import(pathToFileURL(`${fflate}/esm/index.mjs`).href);

  /**
   * @param server `{ page(name), wheel(what), hint(what) }`, which give bytes.
   * @returns files as `{ filename, sha256 }`, those of the requirements first.
   */
  return async function resolve({ wanted, provided }, server) {
    const chosen = new Map();
    const queue = [...wanted];
    server.hint(wanted.map(({ name }) => ({ method: "page", params: { name } })));
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (chosen.has(next.name) || provided.includes(next.name)) continue;
      if (chosen.size >= MAX_WHEELS) throw new Refused(`more than ${MAX_WHEELS} packages are required`);
      const wheel = choose(next, server.page({ name: next.name }));
      chosen.set(next.name, { filename: wheel.filename, sha256: wheel.sha256 });
      const more = lookInto(next.name, server.wheel(wheel), unzipSync);
      const fresh = more.filter(({ name }) => !chosen.has(name) && !provided.includes(name));
      server.hint(fresh.map(({ name }) => ({ method: "page", params: { name } })));
      queue.push(...fresh);
    }
    return [...chosen.values()];
  };
}

function choose({ name, specifiers }, page) {
  const wheels = filesOf(name, page).flatMap((file) => {
    const { filename, url, hashes, yanked } = file ?? {};
    if (typeof filename !== "string" || typeof url !== "string" || filename.length > 250 || yanked) return [];
    const [, of = "", version = ""] = WHEEL.exec(filename) ?? [];
    if (normalizeName(of) !== name || !satisfies(version, specifiers)) return [];
    const sha256 = typeof hashes?.sha256 === "string" ? hashes.sha256.toLowerCase() : "";
    return [{ name, filename, url, sha256, version }];
  });
  const newest = wheels.toSorted((a, b) => compareReleases(releaseOf(b.version) ?? [], releaseOf(a.version) ?? []));
  const final = newest.find(({ version }) => releaseOf(version)) ?? newest[0];
  if (!final) throw new Refused(`${name} ${specifiers} has no wheel in pure Python`.replace("  ", " "));
  if (!SHA256.test(final.sha256)) throw new Refused(`the package index gives no checksum (sha256) of ${name}`);
  return { name, filename: final.filename, url: final.url, sha256: final.sha256 };
}

/** A package's page of an index (PEP 691). */
function filesOf(name, page) {
  try {
    const { files } = JSON.parse(page.toString("utf8"));
    if (Array.isArray(files)) return files;
  } catch {}
  throw new Refused(`the package index's page of ${name} can't be read: it must be JSON, as PEP 691 has it`);
}

/** What a wheel requires. @throws Refused for one whose files would stand outside of it, and for a broken one. */
function lookInto(name, bytes, unzipSync) {
  let members = 0;
  let size = 0;
  let isPlain = true;
  let found;
  try {
    found = unzipSync(bytes, {
      filter(file) {
        members += 1;
        size += file.originalSize;
        isPlain &&= isInside(file.name) && members <= MAX_MEMBERS && size <= MAX_UNPACKED_BYTES;
        return isPlain && /^[^/]+\.dist-info\/METADATA$/.test(file.name) && file.originalSize <= MAX_METADATA_BYTES;
      },
    });
  } catch {
    throw new Refused(`${name} is a broken wheel`);
  }
  if (!isPlain) throw new Refused(`${name} has files that a wheel can't have: outside of it, or too many`);
  const [metadata] = Object.values(found);
  const dependencies = dependenciesOf(new TextDecoder().decode(metadata ?? new Uint8Array()));
  const refused = dependencies.find(({ isRefused }) => isRefused);
  if (refused) {
    const what = refused.name || "a package";
    throw new Refused(`${name} requires ${what} from an address; tools may use only packages of the index`);
  }
  return dependencies;
}

const isInside = (name) =>
  !/[\\\0]|^\/|^[A-Za-z]:/.test(name) && !name.split("/").includes("..") && name.length > 0 && name.length <= 1000;
