import type { ToolSpec } from "@/lib/engine/model";
import type { Call } from "./memory";

const CALLS = /\b(?:call|use|run|invoke|execute|try|trigger|start|test|make|do|apply|using|via|with|through)\b/i;
const ADDED = new Set(["thinking", "request_heartbeat"]);

/** The call of a tool that a text names, with arguments as far as the text tells them; null where it names none. */
export function namedCall(text: string, tools: readonly ToolSpec[]): Call | null {
  const found = tools
    .map((tool) => ({ tool, at: placeOf(tool.name, text) }))
    .filter(({ at }) => at !== null)
    .sort((a, b) => b.tool.name.length - a.tool.name.length || a.at!.from - b.at!.from)[0];
  if (!found) return null;
  return { name: found.tool.name, args: argumentsFor(found.tool, text.slice(found.at!.to).trim(), text) };
}

/** Where a tool is meant: its name alone may be a common word, so it stands with a verb, in marks or before its arguments. */
function placeOf(name: string, text: string): { from: number; to: number } | null {
  const spaced = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/[_-]/g, "[_ -]");
  const match = new RegExp(`(?<![\\w-])([\`"']?)${spaced}\\1(?![\\w])`, "i").exec(text);
  if (!match) return null;
  const from = match.index;
  const to = from + match[0].length;
  const isMarked = match[1] === "`" || /^\s*\(/.test(text.slice(to));
  const isAsked =
    CALLS.test(text.slice(Math.max(0, from - 40), from)) || /^\s*(?:tool|function)\b/i.test(text.slice(to));
  const isCode = name.includes("_") && match[0].toLowerCase().includes(name.toLowerCase());
  const isFirst = name.includes("_") && text.slice(0, from).trim() === "";
  return isMarked || isAsked || isCode || isFirst ? { from, to } : null;
}

type Property = { type?: unknown; enum?: unknown[]; default?: unknown };

function argumentsFor({ parameters }: ToolSpec, after: string, text: string): Record<string, unknown> {
  const properties = Object.entries(parameters.properties ?? {}).filter(([name]) => !ADDED.has(name)) as [
    string,
    Property,
  ][];
  const given = jsonIn(after) ?? jsonIn(text);
  if (given) return given;
  const listed = /^\(([\s\S]*?)\)/.exec(after)?.[1] ?? null;
  const told = new Map(properties.flatMap(([name, property]) => pairIn(name, property, listed ?? text)));
  const required = new Set(parameters.required ?? []);
  const open = properties.filter(([name]) => !told.has(name) && (required.has(name) || listed !== null));
  const rest =
    listed === null
      ? []
      : listed
          .split(",")
          .map((one) => one.trim())
          .filter((one) => one !== "" && !/^\w+\s*[=:]/.test(one));
  const words = sentenceAfter(after);
  const numbers = (words.match(/-?\d+(?:\.\d+)?/g) ?? []).filter((one) => ![...told.values()].includes(Number(one)));
  for (const [name, property] of open) {
    const value = rest.shift();
    if (value !== undefined) told.set(name, typed(value, property));
    else if (required.has(name)) told.set(name, guessed(property, words, numbers));
  }
  const first = properties.find(([, { type }]) => type === "string");
  if (told.size === 0 && first && words !== "") told.set(first[0], /["'`]([^"'`]+)["'`]/.exec(words)?.[1] ?? words);
  return Object.fromEntries(told);
}

function jsonIn(text: string): Record<string, unknown> | null {
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  if (from < 0 || to < from) return null;
  try {
    return JSON.parse(text.slice(from, to + 1)) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** `name=value`, `name: value`, `name "value"`, `name is value`, `name 3`. */
function pairIn(name: string, property: Property, text: string): [string, unknown][] {
  const spaced = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/_/g, "[_ ]");
  const value = `("[^"]*"|'[^']*'|\`[^\`]*\`|\\[[^\\]]*\\]|[^\\s,;)]+(?:[ ](?!and\\b|with\\b|\\w+\\s*[=:])[^\\s,;)=:]+)*)`;
  const direct = new RegExp(
    `(?<![\\w])["'\`]?${spaced}["'\`]?(?:\\s*(?:=|:)\\s*|\\s+(?:is|of|to|as|set to)\\s+|\\s+(?=["'\`\\d-]))${value}`,
    "i",
  ).exec(text);
  const match = direct ?? new RegExp(`\\b(?:with|and|,)\\s+(?:the |a |an )?${spaced}\\s+${value}`, "i").exec(text);
  return match ? [[name, typed(match[1]!.replace(/[.!?]+$/, ""), property)]] : [];
}

function typed(text: string, { type }: Property): unknown {
  const bare = text.trim().replace(/^(["'`])([\s\S]*)\1$/, "$2");
  const types = Array.isArray(type) ? type : [type];
  if (types.some((one) => one === "integer" || one === "number"))
    return Number.isNaN(Number.parseFloat(bare)) ? bare : Number.parseFloat(bare);
  if (types.includes("boolean")) return /^(?:true|yes|on|1)$/i.test(bare);
  if (types.includes("array") || types.includes("object"))
    return jsonOr(bare, types.includes("array") ? bare.split(/\s*,\s*/) : {});
  return bare;
}

function jsonOr(text: string, other: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return other;
  }
}

/** What follows the name, without the words that lead to it. */
function sentenceAfter(after: string): string {
  return after
    .replace(
      /^\s*(?:tool|function)?\b[\s,:-]*(?:please\b)?\s*(?:(?:to (?:find|look for|search for|get)|with|for|on|about|to|in|of|using|and|that|say|saying|tool|function|the|argument|arguments|input|text|query|value)\b[\s:,-]*)*/i,
      "",
    )
    .replace(/[.!?\s]+$/, "")
    .trim();
}

function guessed(property: Property, words: string, numbers: string[]): unknown {
  const { type, enum: choices, default: usual } = property;
  if (choices && choices.length > 0)
    return choices.find((one) => words.toLowerCase().includes(String(one).toLowerCase())) ?? choices[0];
  const types = Array.isArray(type) ? type : [type];
  if (types.some((one) => one === "integer" || one === "number"))
    return numbers.length > 0 ? Number(numbers.shift()) : (usual ?? 1);
  if (usual !== undefined && words === "") return usual;
  if (types.includes("boolean")) return !/\b(?:no|not|false|off)\b/i.test(words);
  if (types.includes("array")) return words === "" ? [] : words.split(/\s*(?:,|\band\b)\s*/);
  if (types.includes("object")) return {};
  return /["'`]([^"'`]+)["'`]/.exec(words)?.[1] ?? words;
}
