import { expandTabs } from "@/lib/engine/tools/memory-edit";

/** A docstring taken apart, in the style of Google, NumPy, Sphinx or Epytext, or of several at once. */
export type Docstring = {
  /** The short description, the long one and the examples, with a blank line between them. */
  description: string;
  /** Descriptions by parameter. */
  parameters: Map<string, string>;
};

/** A part of a docstring with a title; `flat` where its lines stand at the margin, as NumPy's do. */
type Section = { title: string; lines: string[]; flat: boolean };

const PARAMETERS = /^(?:(?:keyword|other) )?(?:args|arguments|parameters|params|inputs?)$/i;
const EXAMPLES = /^examples?$/i;
const TITLE =
  /^((?:(?:keyword|other) )?(?:args|arguments|parameters|params|inputs?)|returns?|outputs?|yields?|receives|raises|except|exceptions|warns|attributes|examples?|notes?|warnings?|see also|references|todo)\s*:\s*$/i;
const UNDERLINE = /^(?:-{3,}|={3,})\s*$/;
/** `:param str name: text` of Sphinx, `@param name: text` of Epytext; the name is the last word. */
const FIELD =
  /^[:@](param|parameter|arg|argument|key|keyword|kwarg|type|returns?|rtype|yields?|ytype|raises?|except|exception|var|ivar|cvar|vartype)\b([^:]*):\s*(.*)$/;
const PARAMETER_FIELDS = /^(?:param|parameter|arg|argument|key|keyword|kwarg)$/;
/** `name (type): text`, also as an item of a list, in backticks, or with ` - ` for the colon. */
const PARAMETER = /^(?:[-*•+]\s+)?\*{0,2}`{0,2}\*{0,2}(\w+)`{0,2}\s*(?:\([^:]*\))?(?:\s*:|\s+(?:--?|–|—)\s)\s*(.*)$/;
/** `a, b : type` of NumPy, whose text stands below. */
const NAMES = /^(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$/;

/** @param text what stands between the quotes, with its escapes resolved. */
export function parseDocstring(text: string): Docstring {
  const lines = cleandoc(text).split("\n");
  const head: string[] = [];
  const sections: Section[] = [];
  const parameters = new Map<string, string>();
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const underlined = /^\w[\w ]*$/.test(line) && UNDERLINE.test(lines[at + 1] ?? "");
    const title = underlined ? line.trim() : TITLE.exec(line)?.[1];
    const field = FIELD.exec(line);
    if (title) {
      at += underlined ? 2 : 1;
      const end = endOfSection(lines, at, underlined);
      sections.push({ title, lines: lines.slice(at, end), flat: underlined });
      at = end;
    } else if (field) {
      const end = endOfField(lines, at + 1);
      const name = /(\w+)\s*$/.exec(field[2]!)?.[1];
      const said = [field[3]!, ...lines.slice(at + 1, end)].map((one) => one.trim()).filter(Boolean);
      if (PARAMETER_FIELDS.test(field[1]!) && name) parameters.set(name, said.join("\n"));
      sections.push({ title: "", lines: [], flat: false });
      at = end;
    } else {
      // Text at the margin after a section belongs to nobody.
      if (sections.length === 0) head.push(line);
      at += 1;
    }
  }
  for (const section of sections) {
    if (!PARAMETERS.test(section.title)) continue;
    const found = section.flat ? flatParameters(section.lines) : listedParameters(section.lines);
    for (const [name, description] of found) parameters.set(name, description);
  }
  const [short = "", ...rest] = head.join("\n").trim().split("\n");
  const examples = sections.filter((section) => EXAMPLES.test(section.title)).map(exampleText);
  return {
    description: [short.trim(), rest.join("\n").trim(), ...examples].filter(Boolean).join("\n\n"),
    parameters,
  };
}

const isTitle = (lines: readonly string[], at: number) =>
  TITLE.test(lines[at]!) ||
  FIELD.test(lines[at]!) ||
  (/^\w[\w ]*$/.test(lines[at]!) && UNDERLINE.test(lines[at + 1] ?? ""));

/**
 * A section goes on until the next title. One whose lines are indented ends also at text at the margin; one whose first
 * line is at the margin already (a docstring that begins with `Args:` loses its indentation), at a blank line.
 */
function endOfSection(lines: readonly string[], start: number, underlined: boolean): number {
  const isFlat = lines[start] !== undefined && /^\S/.test(lines[start]!);
  let at = start;
  while (at < lines.length && !isTitle(lines, at)) {
    const line = lines[at]!;
    if (!underlined && (isFlat ? line === "" : /^\S/.test(line))) break;
    at += 1;
  }
  return at;
}

/** A field goes on over the lines that are indented below it. */
function endOfField(lines: readonly string[], start: number): number {
  let at = start;
  while (at < lines.length && /^\s+\S/.test(lines[at]!)) at += 1;
  return at;
}

function exampleText(section: Section): string {
  const body = section.lines.join("\n").trimEnd().replace(/^\n+/, "");
  return body === "" ? "" : `Examples:\n${body}`;
}

/** The entries of a list of parameters: those at the smallest indentation, each with the lines that are indented more. */
function listedParameters(lines: string[]): [string, string][] {
  return entriesOf(lines, (line) => {
    const match = PARAMETER.exec(line);
    return match && { names: [match[1]!], text: match[2]! };
  });
}

/** Parameters in NumPy's style: a line of names, what they are below it; also lines of the other style. */
function flatParameters(lines: string[]): [string, string][] {
  return entriesOf(lines, (line, hasBelow) => {
    const names = hasBelow ? NAMES.exec(line)?.[1] : undefined;
    if (names) return { names: names.split(",").map((name) => name.replace(/^[\s*]+/, "").trim()), text: "" };
    const match = PARAMETER.exec(line);
    return match && { names: [match[1]!], text: match[2]! };
  });
}

type Entry = { names: string[]; text: string };

function entriesOf(lines: string[], read: (line: string, hasBelow: boolean) => Entry | null): [string, string][] {
  const filled = lines.filter((line) => line.trim() !== "");
  const margin = Math.min(...filled.map(indentation));
  const entries: { names: string[]; said: string[] }[] = [];
  for (const [index, line] of filled.entries()) {
    const below = filled[index + 1];
    const hasBelow = below !== undefined && indentation(below) > margin;
    const entry = indentation(line) === margin ? read(line.trim(), hasBelow) : null;
    if (entry) entries.push({ names: entry.names, said: [entry.text] });
    else entries.at(-1)?.said.push(line.trim());
  }
  return entries.flatMap(({ names, said }) =>
    names.map((name): [string, string] => [
      name,
      said
        .filter((text) => text !== "")
        .join("\n")
        .trim(),
    ]),
  );
}

const indentation = (line: string) => line.length - line.trimStart().length;

/** Python's `inspect.cleandoc`: without the margin that all lines but the first share, and without blank ends. */
export function cleandoc(text: string): string {
  const [first = "", ...rest] = expandTabs(text).split("\n");
  const filled = rest.filter((line) => line.trim() !== "");
  const margin = filled.length > 0 ? Math.min(...filled.map(indentation)) : 0;
  return [first.trim(), ...rest.map((line) => line.slice(margin).trimEnd())].join("\n").replace(/^\n+|\n+$/g, "");
}
