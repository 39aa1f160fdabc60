import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Requirement } from "../sandbox";
import {
  compareReleases,
  type Dependency,
  dependenciesOf,
  normalizeName,
  releaseOf,
  satisfies,
} from "./python-versions";
import { RequirementError } from "./requirement-error";
import { readZipEntry } from "./zip-entry";

const MAX_WHEELS = 60;
const MAX_WHEEL_BYTES = 30 * 1024 * 1024;
const MAX_METADATA_BYTES = 2 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** What the sandbox itself stands in for: the real ones need sockets or compiled code, which it has not. */
const PROVIDED: ReadonlySet<string> = new Set(["requests", "pydantic", "pydantic-core", "letta-client", "letta"]);

/** A package's page of an index (PEP 691). */
const IndexPage = z.object({
  files: z.array(
    z.object({
      filename: z.string(),
      url: z.string(),
      hashes: z.record(z.string(), z.string()).optional(),
      yanked: z.union([z.boolean(), z.string()]).optional(),
    }),
  ),
});

type Wheel = { filename: string; url: string; sha256: string | null; version: string };

/** Pure-Python wheels for requirements, kept in `folder`. Without an index, only what is kept there already can be had. */
export function createWheels({ index, folder }: { index: string | null; folder: string }) {
  const resolving = new Map<string, Promise<string[]>>();

  /** Files of wheels for all requirements and what they require. @throws RequirementError. */
  async function filesFor(requirements: readonly Requirement[]): Promise<string[]> {
    const wanted = requirements
      .map(({ name, version }) => ({ name: normalizeName(name), specifiers: version?.trim() ?? "" }))
      .filter(({ name }) => !PROVIDED.has(name));
    if (wanted.length === 0) return [];
    const key = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 24);
    const known = resolving.get(key);
    if (known) return known;
    const found = resolve(wanted, path.join(folder, `${key}.json`));
    resolving.set(key, found);
    found.catch(() => resolving.delete(key));
    return found;
  }

  async function resolve(wanted: readonly Dependency[], record: string): Promise<string[]> {
    if (existsSync(record)) {
      const files = z.array(z.string()).parse(JSON.parse(await readFile(record, "utf8")));
      if (files.every((file) => existsSync(path.join(folder, file)))) return files;
    }
    const files = await resolveAnew(wanted);
    await keep(record, Buffer.from(JSON.stringify(files)));
    return files;
  }

  async function resolveAnew(wanted: readonly Dependency[]): Promise<string[]> {
    const chosen = new Map<string, string>();
    const queue = [...wanted];
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (chosen.has(next.name) || PROVIDED.has(next.name)) continue;
      if (chosen.size >= MAX_WHEELS) throw new RequirementError(`more than ${MAX_WHEELS} packages are required`);
      const wheel = await choose(next);
      const bytes = await fetchWheel(next.name, wheel);
      chosen.set(next.name, wheel.filename);
      const metadata = readZipEntry(bytes, ".dist-info/METADATA", MAX_METADATA_BYTES);
      queue.push(...dependenciesOf(metadata?.toString("utf8") ?? ""));
    }
    return [...chosen.values()];
  }

  async function choose({ name, specifiers }: Dependency): Promise<Wheel> {
    if (!index)
      throw new RequirementError(`${name} is not kept here, and there is no package index: set MEMOIR_PIP_INDEX`);
    const page = new URL(`${name}/`, index.endsWith("/") ? index : `${index}/`);
    const response = await get(page, "application/vnd.pypi.simple.v1+json").catch((error: unknown) => {
      throw new RequirementError(`the package index ${index} can't be reached: ${(error as Error).message}`);
    });
    if (!response.ok) throw new RequirementError(`the package index has no ${name} (${response.status})`);
    const { files } = IndexPage.parse(await response.json());
    const wheels = files.flatMap(({ filename, url, hashes, yanked }) => {
      const version = /^[A-Za-z0-9_.]+-([^-]+)(?:-\d[^-]*)?-(?:py2\.)?py3-none-any\.whl$/.exec(filename)?.[1];
      if (!version || yanked || !satisfies(version, specifiers)) return [];
      return [{ filename, url: new URL(url, page).href, sha256: hashes?.sha256 ?? null, version }];
    });
    const newest = wheels.toSorted((a, b) => compareReleases(releaseOf(b.version) ?? [], releaseOf(a.version) ?? []));
    const final = newest.find(({ version }) => releaseOf(version)) ?? newest[0];
    if (final) return final;
    throw new RequirementError(`${name} ${specifiers} has no wheel in pure Python`.replace("  ", " "));
  }

  async function fetchWheel(name: string, wheel: Wheel): Promise<Buffer> {
    const file = path.join(folder, wheel.filename);
    if (existsSync(file)) return readFile(file);
    const response = await get(new URL(wheel.url), "*/*");
    if (!response.ok) throw new RequirementError(`${name} can't be fetched (${response.status})`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > MAX_WHEEL_BYTES) throw new RequirementError(`${name} is larger than ${MAX_WHEEL_BYTES} bytes`);
    if (wheel.sha256 && createHash("sha256").update(bytes).digest("hex") !== wheel.sha256) {
      throw new RequirementError(`${name} is not what the index says: its checksum differs`);
    }
    await keep(file, bytes);
    return bytes;
  }

  async function keep(file: string, bytes: Buffer): Promise<void> {
    await mkdir(folder, { recursive: true });
    const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    await writeFile(draft, bytes);
    await rename(draft, file);
  }

  return {
    /** @throws RequirementError for what can't be had. */
    async wheelsFor(requirements: readonly Requirement[]): Promise<{ path: string; bytes: Buffer }[]> {
      const files = await filesFor(requirements);
      return Promise.all(
        files.map(async (file) => ({ path: `/packages/${file}`, bytes: await readFile(path.join(folder, file)) })),
      );
    },
  };
}

const get = (url: URL, accept: string) => fetch(url, { headers: { accept }, signal: AbortSignal.timeout(TIMEOUT_MS) });
