import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { readBounded } from "../../net/bounded-body";
import { createPublicFetch } from "../../net/public-fetch";
import { RequirementError } from "./requirement-error";

/** An index of packages, as an installation names it. */
export type RegistrySettings = {
  /** Its address; what asks for packages adds their names. A user and password in it are sent to its origin alone. */
  url: string;
  /** Origins that its files may come from, beside its own: an operator's, or known of a public index. */
  fileOrigins: readonly string[];
};

export type Registry = {
  /** Its origin, for errors. */
  origin: string;
  /** The address of something below it. */
  at(path: string): URL;
  /** @throws RequirementError, whose words hold nothing of what was answered. */
  get(what: { name: string; url: URL; accept: string; maxBytes: number }): Promise<{ bytes: Buffer; url: URL }>;
  close(): void;
};

/** Where files of the public indexes lie: their own pages and documents say so. */
const PUBLIC: Record<string, readonly string[]> = {
  "https://pypi.org": ["https://files.pythonhosted.org"],
  "https://registry.npmjs.org": [],
};
const TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches from one index and the origins of its files, and from nowhere else, whatever its answers say and wherever they
 * redirect. Those few names are the installation's, so they may lead to a private network, as an index of a company's own or
 * its proxy for a public one does; every other is refused before it is looked up.
 */
export function createRegistry({ url, fileOrigins }: RegistrySettings): Registry {
  const base = new URL(url.endsWith("/") ? url : `${url}/`);
  const authorization = credentialsOf(base);
  base.username = "";
  base.password = "";
  const known = PUBLIC[base.origin] ?? [];
  const allowed = new Set([base.origin, ...known, ...fileOrigins]);
  const fetch = createPublicFetch({ allowPrivate: true });

  async function ask(name: string, target: URL, accept: string): Promise<Response> {
    if (!allowed.has(target.origin) || target.username || target.password) {
      throw new RequirementError(
        `${name} would come from another address than the package index at ${base.origin}; MEMOIR_PACKAGE_ORIGINS names those that its files may come from`,
      );
    }
    const headers = { accept, ...(authorization && target.origin === base.origin ? { authorization } : {}) };
    return fetch(target, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
      throw new RequirementError(`the package index at ${target.origin} can't be reached: ${whyOf(error)}`);
    });
  }

  async function follow(name: string, first: URL, accept: string): Promise<{ response: Response; url: URL }> {
    let target = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await ask(name, target, accept);
      const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
      if (location === null) return { response, url: target };
      await response.body?.cancel();
      target = addressOf(name, location, target);
    }
    throw new RequirementError(`the package index redirects too often for ${name}`);
  }

  return {
    origin: base.origin,
    at: (path) => new URL(path, base),
    async get({ name, url, accept, maxBytes }) {
      const found = await follow(name, url, accept);
      if (!found.response.ok) {
        await found.response.body?.cancel();
        throw new RequirementError(`the package index has no ${name} (${found.response.status})`);
      }
      const { bytes, isCut } = await readBounded(found.response, maxBytes).catch(() => {
        throw new RequirementError(`what the package index sent for ${name} broke off`);
      });
      if (isCut) throw new RequirementError(`${name} is larger than ${maxBytes} bytes`);
      return { bytes, url: found.url };
    },
    close: () => fetch.close(),
  };
}

/** An address that an index's answer holds. @throws RequirementError for what is none. */
export function addressOf(name: string, text: string, base: URL): URL {
  if (!URL.canParse(text, base.href)) throw new RequirementError(`the package index names no address for ${name}`);
  return new URL(text, base);
}

function credentialsOf({ username, password }: URL): string | null {
  if (!username && !password) return null;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** Why it can't be reached, in words of our own. */
function whyOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : "no answer";
}

const PIECE_BYTES = 1024 * 1024;

/** The hash of bytes, made piece by piece, so that nobody waits for it. */
export async function hashOf(bytes: Uint8Array, algorithm: string, encoding: "hex" | "base64"): Promise<string> {
  const hash = createHash(algorithm);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    hash.update(bytes.subarray(at, at + PIECE_BYTES));
    if (bytes.length > PIECE_BYTES) await turn();
  }
  return hash.digest(encoding);
}
