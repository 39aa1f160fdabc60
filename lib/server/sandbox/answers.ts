import { z } from "zod";
import { readBounded } from "../net/bounded-body";
import type { PublicFetch } from "../net/public-fetch";
import type { Json, SandboxAgentPort, SandboxCall, SandboxFunctions } from "./sandbox";

/** What code may ask in one call. Each question waits for its answer, so this bounds them, not their number at once. */
const MAX_QUESTIONS = 10_000;
const FETCH_TIMEOUT_MS = 30_000;
const MAX_FETCH_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 5;

const JsonObject = z.record(z.string(), z.json());
const Tags = z.array(z.string()).nullish();

const AGENT_METHODS = {
  "blocks.list": method(z.unknown(), (port) => port.listBlocks()),
  "blocks.read": method(z.object({ label: z.string() }), (port, { label }) => port.readBlock(label)),
  "blocks.write": method(z.object({ label: z.string(), value: z.string() }), (port, { label, value }) =>
    port.writeBlock(label, value),
  ),
  "archival.search": method(
    z.object({ query: z.string(), tags: Tags, limit: z.number().nullish() }),
    (port, { query, tags, limit }) => port.searchArchival(query, { tags: tags ?? null, limit: limit ?? null }),
  ),
  "archival.list": method(
    z.object({ limit: z.number().nullish(), after: z.string().nullish() }),
    (port, { limit, after }) => port.listArchival({ limit: limit ?? null, after: after ?? null }),
  ),
  "archival.insert": method(z.object({ text: z.string(), tags: Tags }), (port, { text, tags }) =>
    port.insertArchival(text, tags ?? null),
  ),
};

function method<Params>(params: z.ZodType<Params>, ask: (port: SandboxAgentPort, params: Params) => Promise<unknown>) {
  return (port: SandboxAgentPort, given: unknown) => ask(port, params.parse(given));
}

const FunctionCall = z.object({ name: z.string(), args: JsonObject });
const FetchCall = z.object({
  url: z.string(),
  method: z.string().regex(/^[A-Za-z]{1,16}$/),
  headers: z.record(z.string(), z.coerce.string()),
  body: z.base64().nullish(),
});

/**
 * Answers what the code of one call asks, within what the call may do: its own agent, the functions it was given, the
 * hosts it is allowed. Whatever else is asked, or badly, is refused.
 */
export function createAnswers(call: SandboxCall, fetch: PublicFetch) {
  let questions = 0;
  return async (name: string, params: unknown): Promise<unknown> => {
    questions += 1;
    if (questions > MAX_QUESTIONS) throw new Error(`a call may ask ${MAX_QUESTIONS} times`);
    try {
      if (name === "function") return await callFunction(call.functions ?? null, FunctionCall.parse(params));
      if (name === "fetch") return await fetchFor(call, fetch, FetchCall.parse(params));
      const known = Object.entries(AGENT_METHODS).find(([one]) => one === name);
      if (known && call.agent) return await known[1](call.agent, params);
      throw new Error(known ? "this tool runs for no agent" : `there is nothing called ${name}`);
    } catch (error) {
      if (error instanceof z.ZodError) throw new Error(`${name}: ${z.prettifyError(error)}`);
      throw error;
    }
  };
}

function callFunction(functions: SandboxFunctions | null, { name, args }: z.infer<typeof FunctionCall>): Promise<Json> {
  if (!functions?.names.includes(name)) throw new Error(`there is no function ${name}`);
  return functions.call(name, args);
}

/** Whether a host is one of the allowed: by name, or below a name that begins with `*.`. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return allowed.some((one) => {
    const rule = one.trim().toLowerCase();
    return rule.startsWith("*.") ? name.endsWith(rule.slice(1)) && name.length > rule.length - 1 : name === rule;
  });
}

async function fetchFor(call: SandboxCall, fetch: PublicFetch, asked: z.infer<typeof FetchCall>) {
  const allowed = call.allowedHosts ?? [];
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  let { url, method } = { url: asked.url, method: asked.method.toUpperCase() };
  let body = asked.body ? Buffer.from(asked.body, "base64") : null;
  let headers = new Headers(asked.headers);
  headers.delete("host");
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const target = new URL(url);
    if (target.protocol !== "https:" && target.protocol !== "http:") throw new Error(`not an http address: ${url}`);
    if (!isAllowedHost(target.hostname, allowed)) {
      throw new Error(
        `this tool may not reach ${target.hostname}: its allowed hosts are ${allowed.join(", ") || "none"}`,
      );
    }
    const response = await fetch(target, { method, headers, body, signal });
    const location = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get("location") : null;
    if (!location) return answerOf(response, url);
    await response.body?.cancel();
    const next = new URL(location, target);
    if (next.origin !== target.origin) headers = withoutCredentials(headers);
    if (response.status === 303 || (response.status < 303 && method === "POST")) {
      method = "GET";
      body = null;
    }
    url = next.href;
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects from ${asked.url}`);
}

function withoutCredentials(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ["authorization", "cookie", "proxy-authorization"]) kept.delete(name);
  return kept;
}

async function answerOf(response: Response, url: string) {
  const { bytes, isCut } = await readBounded(response, MAX_FETCH_BYTES);
  if (isCut) throw new Error(`the answer of ${url} is longer than ${MAX_FETCH_BYTES} bytes`);
  const headers = Object.fromEntries(response.headers);
  delete headers["content-encoding"];
  return { status: response.status, statusText: response.statusText, url, headers, body: bytes.toString("base64") };
}
