import { createHash } from "node:crypto";
import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { CHAT } from "../chat/messages";
import { familyOf } from "../family";
import { OPENAI_URL } from "../providers";
import type { ModelInfo } from "../registry";

type Options = NonNullable<LanguageModelV4CallOptions["providerOptions"]>;

/**
 * What makes a provider keep the part of a prompt that stays the same: marks after the tools, the system prompt and the
 * history, where it wants marks; a key by which alike prompts come to the same machine, where it wants one. What is asked
 * once, such as a summary, is not marked: keeping costs more than reading.
 */
export function withCaching(options: LanguageModelV4CallOptions, info: ModelInfo): LanguageModelV4CallOptions {
  if (info.endpoint === OPENAI_URL || info.providerType === "azure") return withKey(options);
  const mark = markOf(info);
  if (!mark || !goesOn(options)) return options;
  const { tools, prompt } = options;
  const marked = new Set([lastSystem(prompt), ...historyEnds(prompt, mark.places)]);
  return {
    ...options,
    prompt: prompt.map((message, at) =>
      marked.has(at) ? { ...message, providerOptions: merged(message.providerOptions, mark.options) } : message,
    ) as LanguageModelV4Prompt,
    ...(tools && mark.tools
      ? {
          tools: tools.map((tool, at) =>
            at === tools.length - 1 && tool.type === "function"
              ? { ...tool, providerOptions: merged(tool.providerOptions, mark.options) }
              : tool,
          ),
        }
      : {}),
  };
}

type Mark = { options: Options; tools: boolean; places: ReadonlySet<string> };

const EPHEMERAL = { type: "ephemeral" };
const SAID: ReadonlySet<string> = new Set(["user", "tool"]);

function markOf(info: ModelInfo): Mark | null {
  const family = familyOf(info.behind ?? info.name);
  if (info.providerType === "anthropic" || (info.providerType === "google_vertex" && family === "claude"))
    return { options: { anthropic: { cacheControl: EPHEMERAL } }, tools: true, places: SAID };
  if (info.providerType === "bedrock" && (family === "claude" || /nova/.test(info.name)))
    return { options: { amazonBedrock: { cachePoint: { type: "default" } } }, tools: false, places: SAID };
  const isRouter = info.endpoint !== null && /^https:\/\/openrouter\.ai\//.test(info.endpoint);
  if (isRouter && family === "claude")
    return { options: { [CHAT]: { cacheControl: EPHEMERAL } }, tools: false, places: new Set(["user"]) };
  return null;
}

/** Whether another request will begin as this one does: an agent's, with tools or a history. */
function goesOn({ tools, prompt }: LanguageModelV4CallOptions): boolean {
  return (tools ?? []).length > 0 || prompt.filter(({ role }) => role === "assistant").length > 1;
}

const lastSystem = (prompt: LanguageModelV4Prompt) => prompt.findLastIndex(({ role }) => role === "system");

/**
 * Where this request ends, and where the one before it did, if that can be told: what was kept then is found again however
 * much came since.
 */
function historyEnds(prompt: LanguageModelV4Prompt, places: ReadonlySet<string>): number[] {
  const end = (before: number) => prompt.findLastIndex(({ role }, at) => at < before && places.has(role));
  const last = end(prompt.length);
  const answered = prompt.findLastIndex(({ role }, at) => at < last && role === "assistant");
  return [last, answered > 0 ? end(answered) : -1];
}

function merged(own: Options | undefined, more: Options): Options {
  const both = Object.entries(more).map(([key, value]) => [key, { ...own?.[key], ...value }] as const);
  return { ...own, ...Object.fromEntries(both) };
}

/** By the system prompt, which is what stays the same from request to request of an agent. */
function withKey(options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const system = options.prompt.find(({ role }) => role === "system");
  if (!system || !goesOn(options)) return options;
  const promptCacheKey = createHash("sha256").update(String(system.content)).digest("base64url").slice(0, 32);
  return { ...options, providerOptions: merged(options.providerOptions, { openai: { promptCacheKey } }) };
}
