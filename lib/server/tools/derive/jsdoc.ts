/** A JSDoc comment, taken apart. */
export type JsDoc = {
  /** The text before the tags, and the examples. */
  description: string;
  parameters: Map<string, JsDocParameter>;
};

export type JsDocParameter = {
  /** As it is written between braces; null where there is none. */
  type: string | null;
  description: string;
  optional: boolean;
};

/** @param comment what stands between the comment's slashes and stars. */
export function parseJsDoc(comment: string): JsDoc {
  const text = comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();
  const [head = "", ...tags] = text.split(/^@(?=\w)/m);
  const explicit = tags.flatMap((tag) => /^(?:description|desc)\s+([\s\S]*)$/.exec(tag)?.[1]?.trim() ?? []);
  const examples = tags.flatMap((tag) => /^example\b\s*([\s\S]*)$/.exec(tag)?.[1]?.trim() ?? []);
  const description = [head.trim(), ...explicit];
  if (examples.length > 0) description.push(`Examples:\n${examples.join("\n")}`);
  return {
    description: description.filter(Boolean).join("\n\n"),
    parameters: new Map(tags.flatMap((tag) => parameterOf(tag) ?? [])),
  };
}

function parameterOf(tag: string): [string, JsDocParameter][] | null {
  const rest = /^(?:param|arg|argument)\s+([\s\S]*)$/.exec(tag)?.[1]?.trim();
  if (rest === undefined) return null;
  const type = rest.startsWith("{") ? bracedAt(rest) : null;
  const named = type === null ? rest : rest.slice(type.length + 2).trim();
  const match = /^(\[)?\s*([\w$]+)[^\s\]]*(?:\s*=[^\]]*)?\]?\s*(?:[-–:]\s*)?([\s\S]*)$/.exec(named);
  if (!match) return null;
  const bare = type?.trim().replace(/^\?|=$/g, "") ?? null;
  const optional = match[1] !== undefined || /^\?|=$/.test(type?.trim() ?? "");
  return [[match[2]!, { type: bare, description: match[3]!.trim(), optional }]];
}

/** What stands in the braces that a text begins with; null where they are not closed. */
function bracedAt(text: string): string | null {
  let depth = 0;
  for (const [index, char] of [...text].entries()) {
    if (char === "{") depth++;
    if (char === "}") depth--;
    if (depth === 0) return [...text].slice(1, index).join("");
  }
  return null;
}
