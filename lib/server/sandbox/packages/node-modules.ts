import { createHash } from "node:crypto";
import { z } from "zod";
import type { Requirement } from "../sandbox";
import { createKeptFiles } from "./kept-files";
import { type Lend, runPackageProcess, type Sources } from "./package-process";
import { addressOf, hashOf, type Registry } from "./registry";
import { RequirementError } from "./requirement-error";

const NAME = /^(@[a-z0-9~][a-z0-9._~-]*\/)?[A-Za-z0-9~][A-Za-z0-9._~-]*$/;
/** A range or a tag: nothing that could be an address, a path or an alias. */
const VERSION = /^[0-9A-Za-z.^~<>=|*+ -]{0,100}$/;
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
const MAX_TARBALL_BYTES = 40 * 1024 * 1024;
const MAX_BUNDLE_CHARS = 8 * 1024 * 1024;
/** The registry's short form of a package's document. */
const DOCUMENT_TYPE = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
const NPMJS = "https://registry.npmjs.org";

const name = z.string().max(214).regex(NAME);
const Document = z.object({ name });
const Tarball = z.object({ name, url: z.string(), integrity: z.string().max(200) });
const Bundle = z.string().max(MAX_BUNDLE_CHARS);
const Kept = z.object({ sha256: z.string() });

export type NodeModulesOptions = {
  /** Null where there is none: only what is kept can be had. */
  registry: Registry | null;
  folder: string;
  lend: Lend;
};

/**
 * Packages of an npm registry as modules that the interpreter can load: resolved and bundled with what they require in a
 * walled process, without running anything of theirs. What needs Node's own modules or compiled code is refused, and so
 * is what does not come from the registry. Tarballs must have the hash that the registry gives; bundles are kept by theirs.
 */
export function createNodeModules({ registry, folder, lend }: NodeModulesOptions) {
  const kept = createKeptFiles(folder);
  const bundling = new Map<string, Promise<string>>();

  async function moduleOf(organizationId: string, { name, version }: Requirement): Promise<string> {
    const spec = version?.trim() || "latest";
    if (name.length > 214 || !NAME.test(name) || !VERSION.test(spec)) {
      throw new RequirementError(`${`${name}@${spec}`.slice(0, 200)} is not a package`);
    }
    const key = createHash("sha256")
      .update(JSON.stringify([registry?.at("").href ?? null, name, spec]))
      .digest("hex");
    const own = `${organizationId} ${key}`;
    const known = bundling.get(own);
    if (known) return known;
    // Text of bundles is read again from the disk, not held.
    const made = make(organizationId, { name, spec }, key).finally(() => bundling.delete(own));
    bundling.set(own, made);
    return made;
  }

  async function make(organizationId: string, wanted: { name: string; spec: string }, key: string): Promise<string> {
    const record = await kept.recall(key, Kept);
    const bytes = record && (await kept.read(record.sha256));
    if (bytes) return bytes.toString("utf8");
    if (!registry) {
      throw new RequirementError(`${wanted.name} is not kept here, and there is no registry: set MEMOIR_NPM_REGISTRY`);
    }
    const job = { kind: "npm", ...wanted } as const;
    const { data } = Bundle.safeParse(await runPackageProcess(lend, organizationId, job, sourcesOf(registry)));
    if (data === undefined) throw new RequirementError(`${wanted.name} could not be put together`);
    await kept.record(key, { sha256: await kept.keep(Buffer.from(data)) });
    return data;
  }

  return {
    /** Source text by module name. @throws RequirementError for what can't be had. */
    async modulesFor(organizationId: string, requirements: readonly Requirement[]): Promise<Record<string, string>> {
      const all = requirements.map(async (one) => [one.name, await moduleOf(organizationId, one)] as const);
      return Object.fromEntries(await Promise.all(all));
    },
  };
}

function sourcesOf(registry: Registry): Sources {
  return {
    async document(params) {
      const { name } = Document.parse(params);
      const url = registry.at(name.replace("/", "%2f"));
      const { bytes } = await registry.get({ name, url, accept: DOCUMENT_TYPE, maxBytes: MAX_DOCUMENT_BYTES });
      return bytes;
    },
    async tarball(params) {
      const { name, url, integrity } = Tarball.parse(params);
      const [, algorithm = "", expected = ""] = /^(sha512|sha384|sha256)-([A-Za-z0-9+/]+={0,2})$/.exec(integrity) ?? [];
      if (!algorithm) throw new RequirementError(`the registry gives no checksum of ${name}`);
      const target = atRegistry(registry, addressOf(name, url, registry.at("")));
      const { bytes } = await registry.get({ name, url: target, accept: "*/*", maxBytes: MAX_TARBALL_BYTES });
      if ((await hashOf(bytes, algorithm, "base64")) !== expected) {
        throw new RequirementError(`${name} is not what the registry says: its checksum differs`);
      }
      return bytes;
    },
  };
}

/** Registries that pass npm's documents on leave npm's own addresses in them, and mean theirs. */
function atRegistry(registry: Registry, url: URL): URL {
  if (url.origin !== NPMJS || registry.origin === NPMJS) return url;
  return registry.at(`.${url.pathname}`);
}
