import { speaksResponses } from "../catalog";
import { familyOf } from "../family";

/** A model, as far as its settings depend on it. */
export type Thinker = { name: string; providerType: string };
type Settings = Record<string, unknown>;

/** How a model of Anthropic's thinks: with a budget, as much as it needs, always so, or not at all. */
type ClaudeWay = "none" | "budget" | "either" | "adaptive" | "always";

const CLAUDES: [pattern: RegExp, way: ClaudeWay][] = [
  [/claude-(?:instant|2|3(?![.-]7))/, "none"],
  [/claude-(?:sonnet|opus)-4-6/, "either"],
  [/claude-(?:opus|sonnet|haiku)-5-[5-9]|claude-(?:fable|mythos)/, "always"],
  [/claude-(?:opus|sonnet|haiku)-(?:4-[7-9]|[5-9]|\d\d)(?!\d{4})/, "adaptive"],
];

const CLAUDE_WITH_EFFORT = /claude-(?:opus-4-5|(?:opus|sonnet|haiku)-(?:4-[6-9]|[5-9]|\d\d)(?!\d{4})|fable|mythos)/;

const claudeWay = (name: string): ClaudeWay => CLAUDES.find(([pattern]) => pattern.test(name))?.[1] ?? "budget";

export const MIN_BUDGET = 1024;

/** An effort for a budget of thought, in tokens, and back. */
const EFFORT_BUDGETS: [effort: string, budget: number][] = [
  ["low", MIN_BUDGET],
  ["medium", 4096],
  ["high", 16_384],
  ["xhigh", 32_768],
  ["max", 65_536],
];
/** The default budget is a medium effort, as the original had it for models with efforts. */
const effortOf = (budget: number) => EFFORT_BUDGETS.slice(1).find(([, most]) => budget <= most)?.[0] ?? "max";
const budgetOf = (effort: unknown) => EFFORT_BUDGETS.find(([name]) => name === effort)?.[1] ?? MIN_BUDGET;

const isGemini = (name: string) => familyOf(name) === "gemini";
/** Geminis before 2.5 do not think; these never stop. */
const GEMINI_THINKS = /gemini-(?:2\.5|[3-9]|\d\d)|gemini-(?:flash|pro)(?:-lite)?-latest/;
const GEMINI_ALWAYS = /gemini-(?:2\.5-pro|[3-9][\d.]*-pro)/;
const GEMINI_LEAST = 128;

/** Which efforts one of OpenAI's thinking models takes, from the least to the most; null for all other models. */
export function openAiEfforts(name: string): readonly string[] | null {
  const own = name.slice(name.lastIndexOf("/") + 1);
  if (!speaksResponses(own)) return null;
  if (/^o\d/.test(own)) return ["low", "medium", "high"];
  const minor = /^gpt-(\d+)(?:\.(\d+))?/.exec(own);
  const version = Number(minor?.[1]) + Number(minor?.[2] ?? 0) / 100;
  if (version < 5.01) return ["minimal", "low", "medium", "high"];
  return ["none", "low", "medium", "high", ...(version >= 5.02 || /codex-max/.test(own) ? ["xhigh"] : [])];
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The nearest of what is taken: never less thought than asked for, unless there is no more. */
export function nearestEffort(effort: string, taken: readonly string[]): string {
  const wanted = EFFORTS.indexOf(effort);
  if (wanted < 0) return taken[0]!;
  return taken.find((one) => EFFORTS.indexOf(one) >= wanted) ?? taken.at(-1)!;
}

/** Models of chat completions that think by themselves, by name. */
const THINKS =
  /gpt-oss|deepseek-r|deepseek-v(?:3\.[12]|[4-9])|reasoner|reasoning|thinking|qwq|magistral|kimi-k(?:[3-9]|2\.[5-9])|glm-(?:4\.[5-9]|[5-9])|minimax-m|mimo|grok-(?:3-mini|4|[5-9])/i;

/** Whether a model thinks before it speaks, with these settings in force: it is not asked to think a second time. */
export function thinksByItself({ name, providerType }: Thinker, settings: Settings): boolean {
  const own = name.toLowerCase();
  const thinking = settings.thinking as { type?: unknown } | undefined;
  if (providerType === "anthropic") {
    const way = claudeWay(own);
    return way === "always" || (way !== "none" && thinking !== undefined && thinking.type !== "disabled");
  }
  if (isGemini(own)) {
    const budget = (settings.thinking_config as { thinking_budget?: unknown } | undefined)?.thinking_budget;
    return GEMINI_THINKS.test(own) && (GEMINI_ALWAYS.test(own) || budget !== 0);
  }
  if (openAiEfforts(own))
    return (settings.reasoning as { reasoning_effort?: unknown } | undefined)?.reasoning_effort !== "none";
  return THINKS.test(own) && !(familyOf(own) === "glm" && thinking?.type === "disabled");
}

/**
 * The settings that a model takes of those that are asked for: the one place that says so. What it returns is what is
 * shown, and what is sent; given again, it is returned again. The one exception: a temperature stays as it was set, though
 * no model is sent one while it thinks.
 */
export function takenSettings(settings: Settings, model: Thinker): Settings {
  const name = model.name.toLowerCase();
  if (model.providerType === "anthropic") return claudeSettings(settings, name);
  if (settings.thinking_config) return geminiSettings(settings, name);
  const efforts = openAiEfforts(name);
  if (!settings.reasoning) return settings;
  if (!efforts) return withChatEffort(settings);
  const effort = nearestEffort(String((settings.reasoning as Settings).reasoning_effort ?? "medium"), efforts);
  return { ...settings, reasoning: { ...(settings.reasoning as Settings), reasoning_effort: effort } };
}

/** Others than OpenAI know three efforts. */
function withChatEffort(settings: Settings): Settings {
  const reasoning = settings.reasoning as Settings;
  const above = reasoning.reasoning_effort === "xhigh" || reasoning.reasoning_effort === "max";
  return above ? { ...settings, reasoning: { ...reasoning, reasoning_effort: "high" } } : settings;
}

function claudeSettings(settings: Settings, name: string): Settings {
  const way = claudeWay(name);
  const asked = (settings.thinking ?? { type: "disabled" }) as { type?: unknown; budget_tokens?: unknown };
  const given = typeof asked.budget_tokens === "number" && asked.budget_tokens > 0 ? asked.budget_tokens : null;
  const hasEffort = CLAUDE_WITH_EFFORT.test(name);
  const effort = hasEffort && typeof settings.effort === "string" ? claudeEffort(settings.effort, name) : null;
  const taken = (thinking: Settings, more: Settings = {}) => ({
    ...settings,
    thinking,
    effort,
    verbosity: null,
    ...more,
  });
  if (way === "none") return taken({ type: "disabled" });
  const least = asked.type === "disabled";
  if (least && way !== "always") return taken({ type: "disabled", ...(given ? { budget_tokens: given } : {}) });
  if (way === "adaptive" || way === "always") {
    return taken({ type: "adaptive" }, { effort: effort ?? (least ? "low" : effortOf(given ?? MIN_BUDGET)) });
  }
  if (asked.type === "adaptive" && way === "either") return taken({ type: "adaptive" });
  const budget = Math.max(MIN_BUDGET, given ?? budgetOf(settings.effort));
  const most = Number(settings.max_output_tokens) - 1;
  // A budget is a part of the longest answer; where that has no place for the smallest one, nothing is thought.
  if (most < MIN_BUDGET) return taken({ type: "disabled", budget_tokens: budget });
  return taken({ type: "enabled", budget_tokens: Math.min(budget, most) });
}

function claudeEffort(effort: string, name: string): string {
  return nearestEffort(effort, /opus-4-5/.test(name) ? ["low", "medium", "high"] : ["low", "medium", "high", "max"]);
}

function geminiSettings(settings: Settings, name: string): Settings {
  const asked = settings.thinking_config as { include_thoughts?: boolean; thinking_budget?: number };
  if (!GEMINI_THINKS.test(name)) {
    const unknown = !isGemini(name);
    return unknown ? settings : { ...settings, thinking_config: { include_thoughts: false, thinking_budget: 0 } };
  }
  const budget = asked.thinking_budget ?? MIN_BUDGET;
  const least = GEMINI_ALWAYS.test(name) && budget >= 0 ? GEMINI_LEAST : Number.NEGATIVE_INFINITY;
  return { ...settings, thinking_config: { ...asked, thinking_budget: Math.max(budget, least) } };
}

/** Whether a model of Google's takes a configuration of its thoughts. */
export const takesThinkingConfig = (name: string) => GEMINI_THINKS.test(name) || !isGemini(name.toLowerCase());

/**
 * The effort that is sent over chat completions; null where none is. Of models that OpenAI made each has its own list,
 * those before thinking take none; of others, the two least say "as the model does by itself".
 */
export function chatEffort(name: string, effort: unknown): string | null {
  if (typeof effort !== "string") return null;
  const own = name.toLowerCase();
  const efforts = openAiEfforts(own);
  if (efforts) return nearestEffort(effort, efforts);
  if (familyOf(own) === "gpt") return null;
  const rest = ["low", "medium", "high"];
  return effort === "none" || effort === "minimal" ? null : nearestEffort(effort, rest);
}
