import { expandTabs } from "@/lib/engine/tools/memory-edit";

/** A docstring in Google's style, taken apart. */
export type Docstring = {
  /** The short description, the long one and the examples, with a blank line between them. */
  description: string;
  /** Descriptions by parameter. */
  parameters: Map<string, string>;
};

const PARAMETERS = /^(?:Args|Arguments|Parameters|Params):\s*$/;
const EXAMPLES = /^Examples?:\s*$/;
const SECTION =
  /^(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Returns|Return|Yields|Raises|Except|Exceptions|Attributes|Examples?|Notes?|Warnings?|See Also|References|Todo):\s*$/;
const PARAMETER = /^\*{0,2}(\w+)\s*(?:\([^:]*\))?\s*:\s*(.*)$/;

/** @param text what stands between the quotes, with its escapes resolved. */
export function parseDocstring(text: string): Docstring {
  const lines = cleandoc(text).split("\n");
  const start = lines.findIndex((line) => SECTION.test(line));
  const head = (start < 0 ? lines : lines.slice(0, start)).join("\n").trim();
  const [short = "", ...rest] = head.split("\n");
  const sections = start < 0 ? [] : sectionsOf(lines.slice(start));
  const examples = sections.filter((section) => EXAMPLES.test(section.title)).map(exampleText);
  return {
    description: [short.trim(), rest.join("\n").trim(), ...examples].filter(Boolean).join("\n\n"),
    parameters: new Map(
      sections.filter((section) => PARAMETERS.test(section.title)).flatMap((section) => parametersOf(section.lines)),
    ),
  };
}

type Section = { title: string; lines: string[] };

/** A section goes on until the next title at the margin; other text at the margin belongs to nobody. */
function sectionsOf(lines: string[]): Section[] {
  const sections: Section[] = [];
  let open = false;
  for (const line of lines) {
    if (SECTION.test(line)) {
      sections.push({ title: line, lines: [] });
      open = true;
    } else if (line !== "" && !/^\s/.test(line)) open = false;
    else if (open) sections.at(-1)!.lines.push(line);
  }
  return sections;
}

function exampleText(section: Section): string {
  const body = section.lines.join("\n").trimEnd().replace(/^\n+/, "");
  return body === "" ? "" : `Examples:\n${body}`;
}

/** The entries of a list of parameters: those at the smallest indentation, each with the lines that are indented more. */
function parametersOf(lines: string[]): [string, string][] {
  const filled = lines.filter((line) => line.trim() !== "");
  const margin = Math.min(...filled.map(indentation));
  const entries: [name: string, text: string[]][] = [];
  for (const line of filled) {
    const match = indentation(line) === margin ? PARAMETER.exec(line.trim()) : null;
    if (match) entries.push([match[1]!, [match[2]!]]);
    else entries.at(-1)?.[1].push(line.trim());
  }
  return entries.map(([name, text]) => [name, text.join("\n").trim()]);
}

const indentation = (line: string) => line.length - line.trimStart().length;

/** Python's `inspect.cleandoc`: without the margin that all lines but the first share, and without blank ends. */
export function cleandoc(text: string): string {
  const [first = "", ...rest] = expandTabs(text).split("\n");
  const filled = rest.filter((line) => line.trim() !== "");
  const margin = filled.length > 0 ? Math.min(...filled.map(indentation)) : 0;
  return [first.trim(), ...rest.map((line) => line.slice(margin).trimEnd())].join("\n").replace(/^\n+|\n+$/g, "");
}
