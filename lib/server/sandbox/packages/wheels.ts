import { createHash } from "node:crypto";
import { z } from "zod";
import type { Requirement } from "../sandbox";
import { areSpecifiers, isName, normalizeName } from "../workers/packages/python-versions.mjs";
import { createKeptFiles } from "./kept-files";
import { type Lend, runPackageProcess, type Sources } from "./package-process";
import { addressOf, hashOf, type Registry } from "./registry";
import { RequirementError } from "./requirement-error";

const MAX_WHEELS = 60;
const MAX_WHEEL_BYTES = 30 * 1024 * 1024;
const MAX_PAGE_BYTES = 32 * 1024 * 1024;
const PAGE_TYPE = "application/vnd.pypi.simple.v1+json";

/** What the sandbox itself stands in for: the real ones need sockets or compiled code, which it has not. */
const PROVIDED = ["requests", "pydantic", "pydantic-core", "letta-client", "letta"];

const name = z.string().refine((text) => isName(text) && normalizeName(text) === text);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A wheel's name, which is no path. */
const filename = z
  .string()
  .max(250)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.!+-]*\.whl$/);
const Page = z.object({ name });
const Wheel = z.object({ name, filename, sha256, url: z.string() });
const Chosen = z.array(z.object({ filename, sha256 })).max(MAX_WHEELS);
type Chosen = z.output<typeof Chosen>;

export type WheelsOptions = {
  /** Null where there is none: only what is kept can be had. */
  index: Registry | null;
  folder: string;
  lend: Lend;
};

/** Pure-Python wheels for requirements, kept in `folder` by their hash, which the index gives and each read looks at. */
export function createWheels({ index, folder, lend }: WheelsOptions) {
  const kept = createKeptFiles(folder);
  const resolving = new Map<string, Promise<Chosen>>();

  function sourcesOf(registry: Registry): Sources {
    const pages = new Map<string, URL>();
    return {
      async page(params) {
        const { name } = Page.parse(params);
        const found = await registry.get({
          ...{ name, url: registry.at(`${name}/`), accept: PAGE_TYPE, maxBytes: MAX_PAGE_BYTES },
        });
        pages.set(name, found.url);
        return found.bytes;
      },
      async wheel(params) {
        const { name, sha256, url } = Wheel.parse(params);
        const known = await kept.read(sha256);
        if (known) return known;
        const target = addressOf(name, url, pages.get(name) ?? registry.at(""));
        const { bytes } = await registry.get({ name, url: target, accept: "*/*", maxBytes: MAX_WHEEL_BYTES });
        if ((await hashOf(bytes, "sha256", "hex")) !== sha256) {
          throw new RequirementError(`${name} is not what the index says: its checksum differs`);
        }
        await kept.keep(bytes);
        return bytes;
      },
    };
  }

  async function resolve(organizationId: string, wanted: readonly { name: string; specifiers: string }[], key: string) {
    const known = await kept.recall(key, Chosen);
    if (known) return known;
    return resolveAnew(organizationId, wanted, key);
  }

  async function resolveAnew(organizationId: string, wanted: readonly { name: string }[], key: string) {
    if (!index) {
      throw new RequirementError(
        `${wanted[0]?.name} is not kept here, and there is no package index: set MEMOIR_PIP_INDEX`,
      );
    }
    const job = { kind: "pip", wanted, provided: PROVIDED } as const;
    const { data } = Chosen.safeParse(await runPackageProcess(lend, organizationId, job, sourcesOf(index)));
    if (!data) throw new RequirementError("the packages could not be put together");
    await kept.record(key, data);
    return data;
  }

  /** One request at a time for the same of one organization. */
  function once(key: string, make: () => Promise<Chosen>): Promise<Chosen> {
    const known = resolving.get(key);
    if (known) return known;
    const made = make().finally(() => resolving.delete(key));
    resolving.set(key, made);
    return made;
  }

  async function read(chosen: Chosen) {
    const files = await Promise.all(
      chosen.map(async ({ filename, sha256 }) => ({ path: `/packages/${filename}`, bytes: await kept.read(sha256) })),
    );
    return files.flatMap(({ path, bytes }) => (bytes ? [{ path, bytes }] : []));
  }

  return {
    /** Wheels for all requirements and what they require. @throws RequirementError for what can't be had. */
    async wheelsFor(organizationId: string, requirements: readonly Requirement[]) {
      const wanted = requirements.map(wantedOf).filter(({ name }) => !PROVIDED.includes(name));
      if (wanted.length === 0) return [];
      const key = createHash("sha256")
        .update(JSON.stringify([index?.at("").href ?? null, wanted]))
        .digest("hex");
      const chosen = await once(`${organizationId} ${key}`, () => resolve(organizationId, wanted, key));
      const files = await read(chosen);
      if (files.length === chosen.length) return files;
      // What was kept is gone, or is not what it was.
      return read(await once(`${organizationId} ${key}`, () => resolveAnew(organizationId, wanted, key)));
    },
  };
}

function wantedOf({ name, version }: Requirement): { name: string; specifiers: string } {
  const specifiers = version?.trim() ?? "";
  if (!isName(name)) throw new RequirementError(`${quoted(name)} is not the name of a Python package (PEP 508)`);
  if (!areSpecifiers(specifiers)) throw new RequirementError(`${quoted(specifiers)} is not a version of ${name}`);
  return { name: normalizeName(name), specifiers };
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 100));
