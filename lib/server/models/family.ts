const FAMILIES: [family: string, pattern: RegExp][] = [
  ["claude", /claude/],
  ["gemini", /gemini/],
  ["gemma", /gemma/],
  ["deepseek", /deepseek/],
  ["kimi", /kimi|moonshot/],
  ["qwen", /qwen|qwq|qvq/],
  ["glm", /(^|[^a-z])(chat)?glm/],
  ["minimax", /minimax/],
  ["mimo", /mimo/],
  ["grok", /grok/],
  ["mistral", /mi[sx]tral|magistral|codestral|devstral|pixtral/],
  ["gpt-oss", /gpt-oss/],
  ["gpt", /gpt|(^|[^a-z0-9])o[134](-|$)/],
  ["llama", /llama/],
];

/**
 * Which models are of one kind, by name: those of a family read each other's signatures and want the same of a request.
 * A vendor's prefix (`deepseek/…`), versions and sizes make no difference; an unknown name is its own first word.
 */
export function familyOf(model: string): string {
  const name = model.toLowerCase();
  const own = name.slice(name.lastIndexOf("/") + 1);
  const known = FAMILIES.find(([, pattern]) => pattern.test(own)) ?? FAMILIES.find(([, pattern]) => pattern.test(name));
  return known?.[0] ?? /^[a-z]+/.exec(own)?.[0] ?? own;
}

/** Who sent a message, as far as others must not be given what it keeps: `provider/family`. */
export function senderOf(handle: string): string {
  const slash = handle.indexOf("/");
  return `${handle.slice(0, slash)}/${familyOf(handle.slice(slash + 1))}`;
}
