// Which packages of an npm registry a package needs, and where each stands below `node_modules`. What does not come from
// the registry is refused: git, web addresses, files, folders, workspaces.

const NAME = /^(@[a-z0-9~][a-z0-9._~-]*\/)?[A-Za-z0-9~][A-Za-z0-9._~-]*$/;
const TAG = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const MAX_PACKAGES = 600;
const MAX_SPEC_CHARS = 500;
const STRONG = /^(sha512|sha384|sha256)-[A-Za-z0-9+/]+={0,2}$/;

export class Refused extends Error {}

const isName = (name) => typeof name === "string" && name.length <= 214 && NAME.test(name) && name !== "node_modules";

/** Where a dependency would come from that is none of the registry's, in words. */
function elsewhere(spec) {
  if (/^(git[+:@]|github:|gitlab:|bitbucket:|gist:|ssh:)|\.git(#|$)/i.test(spec)) return "a git repository";
  if (/^(file|link|portal):|^[.~/\\]|^[a-z]:[\\/]/i.test(spec)) return "files of a machine";
  if (/^https?:/i.test(spec)) return "a web address";
  if (/^(workspace|catalog|patch):/i.test(spec)) return "a workspace";
  return "somewhere else";
}

/** What is wanted of the registry: `{ name, spec }`. @throws Refused for what is not the registry's. */
export function wantedOf(semver, name, spec, by) {
  const text = typeof spec === "string" ? spec.trim() : null;
  if (!isName(name) || text === null || text.length > MAX_SPEC_CHARS) {
    throw new Refused(`${by} requires a package by a name or version that can't be one`);
  }
  const alias = /^npm:(@?[^@]+)(?:@(.*))?$/.exec(text);
  if (alias) {
    if (/^npm:/.test(alias[2] ?? "")) throw new Refused(`${by} requires ${name} by the alias of an alias`);
    return wantedOf(semver, alias[1], alias[2] ?? "", by);
  }
  if (semver.validRange(text, true) !== null || TAG.test(text)) return { name, spec: text };
  throw new Refused(
    `${by} requires ${name} from ${elsewhere(text)}; tools may use only packages that come from the registry`,
  );
}

function choose(semver, document, { name, spec }, by) {
  const { versions = {}, "dist-tags": tags = {} } = document;
  const own = (object, key) => (object && Object.hasOwn(object, key) ? object[key] : undefined);
  const range = semver.validRange(spec, true);
  const latest = own(tags, "latest");
  let version = own(tags, spec);
  if (range !== null) {
    const all = Object.keys(versions).filter((one) => semver.valid(one, true));
    const kept = all.filter((one) => !versions[one]?.deprecated);
    const best = (list) => semver.maxSatisfying(list, range, true);
    const isFine = latest && own(versions, latest) && semver.satisfies(latest, range, true);
    version = isFine ? latest : (best(kept) ?? best(all));
  }
  const manifest = version ? own(versions, version) : undefined;
  if (!manifest || typeof manifest !== "object") throw new Refused(`${by}: the registry has no fitting ${name}`);
  return { version, manifest };
}

function distOf(name, version, manifest) {
  const { tarball, integrity } = manifest.dist ?? {};
  const hashes = typeof integrity === "string" ? integrity.split(/\s+/).filter((one) => STRONG.test(one)) : [];
  const strongest = hashes.toSorted().at(-1);
  if (typeof tarball !== "string") throw new Refused(`the registry says no place for ${name}@${version}`);
  if (!strongest) throw new Refused(`the registry gives no checksum (dist.integrity) of ${name}@${version}`);
  return { url: tarball, integrity: strongest };
}

const dependenciesOf = (object) => (object && typeof object === "object" ? Object.entries(object) : []);

/** What a package needs here: packages that it brings along, and those for other systems, are left out. */
function needsOf(semver, manifest, by) {
  const bundled = manifest.bundleDependencies ?? manifest.bundledDependencies;
  const brought = new Set(Array.isArray(bundled) ? bundled : []);
  const optional = new Set(dependenciesOf(manifest.optionalDependencies).map(([name]) => name));
  const meta = manifest.peerDependenciesMeta ?? {};
  const all = [
    ...dependenciesOf(manifest.peerDependencies)
      .filter(([name]) => !(Object.hasOwn(meta, name) && meta[name]?.optional))
      .map(([name, spec]) => ({ name, spec, isPeer: true })),
    ...dependenciesOf(manifest.optionalDependencies).map(([name, spec]) => ({ name, spec, isPeer: false })),
    ...dependenciesOf(manifest.dependencies).map(([name, spec]) => ({ name, spec, isPeer: false })),
  ];
  const needs = new Map();
  for (const { name, spec, isPeer } of all) {
    if (brought.has(name) || brought === true) continue;
    needs.set(name, { wanted: wantedOf(semver, name, spec, by), isPeer, isOptional: optional.has(name) });
  }
  return needs;
}

/** Folders in which a package looks for others, nearest first. */
function* lookups(folder) {
  for (let at = folder; ; ) {
    yield at;
    const cut = at.lastIndexOf("/node_modules/");
    if (cut < 0) return;
    at = at.slice(0, cut);
  }
}

/**
 * @param registry `{ document(name), hint(names) }`: the registry's document of a package; which ones will be asked for.
 * @returns packages as `{ folder, name, version, url, integrity }`, the folder relative to where the entry stands.
 */
export function resolveTree(semver, root, registry) {
  const placed = new Map();
  const start = { folder: "", by: `${root.name}@${root.spec}`, needs: new Map() };
  start.needs.set(root.name, { wanted: wantedOf(semver, root.name, root.spec, "the tool"), isPeer: false });
  const queue = [start];
  for (let next = queue.shift(); next; next = queue.shift()) {
    registry.hint([...next.needs.values()].map(({ wanted }) => wanted.name));
    for (const [name, need] of next.needs) {
      const added = place(semver, placed, { ...next, name, need }, registry);
      if (added) queue.push(added);
    }
    registry.hint(queue.flatMap(({ needs }) => [...needs.values()].map(({ wanted }) => wanted.name)));
  }
  return [...placed.values()];
}

function place(semver, placed, { folder, by, name, need }, registry) {
  const { wanted, isPeer, isOptional } = need;
  let free = folder;
  for (const at of lookups(folder)) {
    const known = placed.get(`${at}/node_modules/${name}`);
    const fits = known && (isPeer || (known.name === wanted.name && isFitting(semver, known.version, wanted.spec)));
    if (fits) return null;
    if (known) break;
    free = at;
  }
  if (placed.size >= MAX_PACKAGES) throw new Refused(`more than ${MAX_PACKAGES} packages are required`);
  let found;
  try {
    found = choose(semver, registry.document(wanted.name), wanted, by);
  } catch (error) {
    if (isOptional && error instanceof Refused) return null;
    throw error;
  }
  const { version, manifest } = found;
  if (isOptional && (manifest.os || manifest.cpu)) return null;
  const at = `${free}/node_modules/${name}`;
  placed.set(at, { folder: at, name: wanted.name, version, ...distOf(wanted.name, version, manifest) });
  const own = `${wanted.name}@${version}`;
  return { folder: at, by: own, needs: needsOf(semver, manifest, own) };
}

function isFitting(semver, version, spec) {
  // By tag, the version that stands there is as good as any.
  return semver.validRange(spec, true) === null || semver.satisfies(version, spec, true);
}
