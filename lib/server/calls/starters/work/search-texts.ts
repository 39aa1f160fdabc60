export type SearchTask = { pattern: string; texts: readonly { path: string; text: string }[]; most: number };
export type SearchMatches =
  | { wrong: string }
  | { total: number; matches: { path: string; line: number; text: string }[] };

const LINE_CHARS = 300;

/** Lines that match a regular expression of others', whatever the case; the first `most` of them with their texts. */
export function searchTexts({ pattern, texts, most }: SearchTask): SearchMatches {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "iu");
  } catch (error) {
    return { wrong: (error as Error).message };
  }
  const found: Extract<SearchMatches, { total: number }> = { total: 0, matches: [] };
  for (const { path, text } of texts) {
    for (const [index, line] of text.split(/\r\n|\r|\n/u).entries()) {
      if (!expression.test(line)) continue;
      found.total += 1;
      if (found.matches.length < most) found.matches.push({ path, line: index + 1, text: line.slice(0, LINE_CHARS) });
    }
  }
  return found;
}

declare module "../../../threads/threads" {
  interface Tasks {
    searchTexts: { input: SearchTask; value: SearchMatches };
  }
}
