import { isObject, parseJson } from "./json";

/** Arguments as JSON text, from a server that gives them as text or as the object itself. */
export function argumentText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** Whether text can be passed on as it comes: only what begins as an object does not need to be seen whole. */
export function beginsAsObject(text: string): boolean {
  return text.trimStart().startsWith("{");
}

const FENCE = /^\s*```[a-z0-9]*\s*\n?([\s\S]*?)\n?\s*```\s*$/i;

/**
 * Whole arguments without what models put around them: fences, and JSON encoded once more or oftener. What is still no
 * object is given as it was, for the tool's error to say so; a lone null or nothing is no arguments.
 */
export function unwrapped(text: string): string {
  let inner = text;
  for (let depth = 0; depth < 4; depth++) {
    inner = FENCE.exec(inner)?.[1] ?? inner;
    const value = parseJson(inner);
    if (isObject(value)) return inner.trim();
    if (value === null) return "{}";
    if (typeof value !== "string") break;
    inner = value;
  }
  return inner.trim() === "" ? "{}" : beginsAsObject(inner) ? inner : text;
}

/** The tool that is meant: without blanks and what templates of models leave behind it, or put before it. */
export function toolName(said: string, known: ReadonlySet<string>): string {
  const name = said.replace(/<\|[\s\S]*$/, "").trim();
  if (known.has(name)) return name;
  const bare = name.replace(/^(functions?|tools?|default_api)[.:]/, "").replace(/:\d+$/, "");
  return known.has(bare) ? bare : name;
}
