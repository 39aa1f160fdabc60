import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  attempt,
  findEnumArg,
  findIntegerArg,
  findStringArg,
  findStringListArg,
  stringArg,
  type ToolArgs,
  ToolFailure,
} from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { readBounded } from "../../net/bounded-body";
import { createPublicFetch } from "../../net/public-fetch";
import { createRedactor, redactOutcome, type Secrets } from "../custom/secrets";
import { readAgentSecrets } from "../custom/tool-code";
import { SEARCH_ENGINES, type SearchEngine, type WebQuery, type WebResult } from "./search-engines";

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RESULTS = 100;
const DEFAULT_RESULTS = 10;
const MAX_TEXT_CHARS = 10_000;
const CATEGORIES = [
  "company",
  "research paper",
  "news",
  "pdf",
  "github",
  "tweet",
  "personal site",
  "linkedin profile",
  "financial report",
] as const;

const NOT_SET =
  "Web search is not set up. Set one of EXA_API_KEY, TAVILY_API_KEY, BRAVE_API_KEY or MEMOIR_SEARXNG_URL, in the server's environment or as a secret of this agent.";

type Chosen = { engine: SearchEngine; key: string; baseUrl: string; isOperators: boolean };

/**
 * `web_search` (contract §3.7): JSON `{query, results}`, or `{error}`. The first engine that is set up answers: Exa,
 * Tavily, Brave, SearXNG; what an agent has as secrets counts before the server's environment.
 */
export async function webSearchTool(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const secrets = await readAgentSecrets(ctx, call.agentId);
  const outcome = await attempt("web_search", async () => {
    const query = queryOf(args);
    const results = await search(ctx, chosenEngine(ctx, secrets), query, call.signal);
    const answer = { query: query.query, results };
    return { status: "success", content: JSON.stringify(answer), value: answer };
  });
  const content = outcome.status === "error" ? JSON.stringify({ error: outcome.content }) : outcome.content;
  return redactOutcome({ ...outcome, content }, createRedactor(withServers(ctx, secrets)));
}

function queryOf(args: ToolArgs): WebQuery {
  const limit = findIntegerArg(args, "num_results") ?? DEFAULT_RESULTS;
  return {
    query: stringArg(args, "query"),
    limit: Math.min(Math.max(limit, 1), MAX_RESULTS),
    category: findEnumArg(args, "category", CATEGORIES) ?? null,
    includeText: args.include_text === true || args.include_text === "true",
    includeDomains: findStringListArg(args, "include_domains") ?? [],
    excludeDomains: findStringListArg(args, "exclude_domains") ?? [],
    from: dayOf(args, "start_published_date"),
    to: dayOf(args, "end_published_date"),
    country: findStringArg(args, "user_location")?.toUpperCase() ?? null,
  };
}

function dayOf(args: ToolArgs, name: string): string | null {
  const text = findStringArg(args, name);
  if (!text) return null;
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
  if (!day || Number.isNaN(Date.parse(day))) throw new ToolFailure(`Argument '${name}' must be a day, YYYY-MM-DD.`);
  return day;
}

/** The agent's own first, then the server's. */
function chosenEngine(ctx: Ctx, secrets: Secrets): Chosen {
  const { webSearch } = ctx.config;
  const { exa, tavily, brave, searxng } = SEARCH_ENGINES;
  const keyed: [SearchEngine, string, string | null, string][] = [
    [exa, "EXA_API_KEY", webSearch.exaApiKey, webSearch.exaBaseUrl],
    [tavily, "TAVILY_API_KEY", webSearch.tavilyApiKey, webSearch.tavilyBaseUrl],
    [brave, "BRAVE_API_KEY", webSearch.braveApiKey, webSearch.braveBaseUrl],
  ];
  const ownUrl = secrets.get("MEMOIR_SEARXNG_URL");
  for (const [engine, name, , baseUrl] of keyed) {
    const key = secrets.get(name);
    if (key) return { engine, key, baseUrl, isOperators: true };
  }
  if (ownUrl) return { engine: searxng, key: "", baseUrl: ownUrl, isOperators: false };
  for (const [engine, , key, baseUrl] of keyed) {
    if (key) return { engine, key, baseUrl, isOperators: true };
  }
  if (webSearch.searxngUrl) return { engine: searxng, key: "", baseUrl: webSearch.searxngUrl, isOperators: true };
  throw new ToolFailure(NOT_SET);
}

function withServers(ctx: Ctx, secrets: Secrets): Secrets {
  const { exaApiKey, tavilyApiKey, braveApiKey } = ctx.config.webSearch;
  const servers = { EXA_API_KEY: exaApiKey, TAVILY_API_KEY: tavilyApiKey, BRAVE_API_KEY: braveApiKey };
  const set = Object.entries(servers).flatMap(([key, value]): [string, string][] => (value ? [[key, value]] : []));
  return new Map([...set, ...secrets]);
}

async function search(ctx: Ctx, chosen: Chosen, query: WebQuery, signal: AbortSignal): Promise<WebResult[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  // An address that the operator gave may be private; one that came with an agent may not.
  const fetch = createPublicFetch({ allowPrivate: chosen.isOperators || ctx.config.allowPrivateUrls });
  try {
    const { url, init } = requestOf(chosen, query);
    const response = await fetch(url, { ...init, signal: limited });
    const { bytes } = await readBounded(response, MAX_BYTES);
    const text = bytes.toString("utf8");
    if (!response.ok)
      throw new ToolFailure(`The search engine answered with status ${response.status}: ${text.slice(0, 300)}`);
    const results = chosen.engine.results(JSON.parse(text)).filter(({ url }) => /^https?:/.test(url));
    return results
      .filter(({ url }) => inDomains(url, query))
      .slice(0, query.limit)
      .map((one) => shown(one, query));
  } catch (error) {
    if (error instanceof ToolFailure) throw error;
    if (signal.aborted) throw new ToolFailure("The run was cancelled.");
    if (limited.aborted) throw new ToolFailure(`The search engine did not answer within ${TIMEOUT_MS / 1000} seconds.`);
    if (error instanceof SyntaxError) throw new ToolFailure("The search engine's answer is not JSON.");
    throw new ToolFailure(`The search engine can't be reached: ${(error as Error).message}`);
  } finally {
    fetch.close();
  }
}

function requestOf({ engine, key, baseUrl }: Chosen, query: WebQuery) {
  try {
    return engine.request(query, key, baseUrl);
  } catch {
    throw new ToolFailure(`'${baseUrl}' is not the address of a search engine.`);
  }
}

/** Engines take domains as a wish; here they are a condition. */
function inDomains(address: string, { includeDomains, excludeDomains }: WebQuery): boolean {
  const { hostname, pathname } = new URL(address);
  const within = (domain: string) => {
    const [host = "", ...path] = domain.replace(/^https?:\/\//, "").split("/");
    const isHost = hostname === host || hostname.endsWith(`.${host}`);
    return isHost && (path.length === 0 || pathname.startsWith(`/${path.join("/")}`));
  };
  return (includeDomains.length === 0 || includeDomains.some(within)) && !excludeDomains.some(within);
}

function shown(result: WebResult, { includeText }: WebQuery): WebResult {
  const { text, ...rest } = result;
  return includeText ? { ...rest, text: text?.slice(0, MAX_TEXT_CHARS) ?? null } : rest;
}
