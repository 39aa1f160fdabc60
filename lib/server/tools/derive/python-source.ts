import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@lezer/python";
import { DeriveError, type SourceFunction } from "./schema";

/** Python that was parsed, not run: `at` finds texts and lines by node. */
export type PythonSource = {
  tree: Tree;
  text: (node: SyntaxNode) => string;
  /** From 1. */
  line: (node: SyntaxNode) => number;
};

/** `firstLine` is where the text begins in its file, for a piece of one. */
export function parsePython(source: string, firstLine = 1): PythonSource {
  const tree = parser.parse(source);
  const breaks = Array.from(source.matchAll(/\n/g), (match) => match.index);
  return {
    tree,
    text: (node) => source.slice(node.from, node.to),
    line: (node) => firstLine + lowerBound(breaks, node.from),
  };
}

/** How many of these positions, in ascending order, come before `position`. */
function lowerBound(positions: readonly number[], position: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @throws DeriveError for the first place that is not Python. */
export function requireSyntax(source: PythonSource): void {
  let wrong: SyntaxNode | null = null;
  source.tree.iterate({
    enter(node) {
      // What may stand in an f-string changed with Python 3.12, and it doesn't matter here.
      if (wrong || node.name === "FormatString") return false;
      if (node.type.isError) wrong = node.node;
      return;
    },
  });
  if (wrong) throw new DeriveError("Failed to parse source code: invalid syntax", source.line(wrong));
}

/** The functions at the top of a file, async ones too, in order; their `FunctionDefinition` nodes. */
export function topLevelFunctions(source: PythonSource): SyntaxNode[] {
  return definitions(source, "FunctionDefinition");
}

/**
 * The function that is the tool: the last one at the top of the file whose name does not begin with `_`, as a helper's
 * does; the last one where all do.
 */
export function toolFunction(source: PythonSource): SyntaxNode | undefined {
  const all = topLevelFunctions(source);
  return all.findLast((one) => !nameOf(source, one).startsWith("_")) ?? all.at(-1);
}

/** The classes at the top of a file. */
export function topLevelClasses(source: PythonSource): SyntaxNode[] {
  return definitions(source, "ClassDefinition");
}

function definitions(source: PythonSource, kind: string): SyntaxNode[] {
  return childrenOf(source.tree.topNode).flatMap((node) => {
    const bare = node.name === "DecoratedStatement" ? node.getChild(kind) : node;
    return bare?.name === kind ? [bare] : [];
  });
}

/** Children without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== "Comment") children.push(child);
  return children;
}

/** The name that a function or class is defined by. */
export function nameOf(source: PythonSource, definition: SyntaxNode): string {
  const name = definition.getChild("VariableName");
  return name ? source.text(name) : "";
}

/** The string that a body begins with, or null. */
export function docstringOf(source: PythonSource, definition: SyntaxNode): string | null {
  const first = definition.getChild("Body")?.getChild("Statement") ?? null;
  const literal = first?.name === "ExpressionStatement" ? first.firstChild : null;
  return literal ? stringValue(source, literal) : null;
}

export type Parameter = {
  name: string;
  /** `*` and `**` of what takes the rest. */
  star: "" | "*" | "**";
  annotation: SyntaxNode | null;
  hasDefault: boolean;
  node: SyntaxNode;
};

/** The parameters of a function, in order. */
export function parametersOf(source: PythonSource, definition: SyntaxNode): Parameter[] {
  const list = definition.getChild("ParamList");
  const found: Parameter[] = [];
  let star: Parameter["star"] = "";
  for (const node of list ? childrenOf(list) : []) {
    if (node.name === "," || node.name === "(") star = "";
    else if (node.name === "*" || node.name === "**") star = node.name;
    else if (node.name === "VariableName" && node.prevSibling?.name !== "AssignOp")
      found.push({ name: source.text(node), star, annotation: null, hasDefault: false, node });
    else if (node.name === "TypeDef") found.at(-1)!.annotation = node.lastChild;
    else if (node.name === "AssignOp") found.at(-1)!.hasDefault = true;
  }
  return found;
}

/** The functions at the top of a source, the one that is the tool last. */
export function pythonFunctions(text: string): SourceFunction[] {
  const source = parsePython(text);
  const tool = toolFunction(source);
  const others = topLevelFunctions(source).filter((one) => one.from !== tool?.from);
  return [...others, ...(tool ? [tool] : [])].map((node) => ({
    name: nameOf(source, node),
    parameters: parametersOf(source, node).flatMap(({ name, star }) => (star === "" ? [name] : [])),
  }));
}

const SIMPLE_ESCAPES: Record<string, string> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The value of a string literal, or of several side by side; null for what is none, or is made when it runs. */
export function stringValue(source: PythonSource, node: SyntaxNode): string | null {
  if (node.name === "ParenthesizedExpression") {
    const inner = childrenOf(node)[1];
    return inner ? stringValue(source, inner) : null;
  }
  if (node.name === "ContinuedString") {
    const parts = childrenOf(node).map((part) => stringValue(source, part));
    return parts.every((part) => part !== null) ? parts.join("") : null;
  }
  if (node.name !== "String") return null;
  const match = /^([a-zA-Z]*)('''|"""|'|")([\s\S]*)\2$/.exec(source.text(node));
  if (!match || /b/i.test(match[1]!)) return null;
  const body = match[3]!.replaceAll("\r\n", "\n");
  return /r/i.test(match[1]!) ? body : unescaped(body);
}

function unescaped(body: string): string {
  const sequence = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;
  return body.replaceAll(sequence, (all, octal, x, u, long, other: string | undefined) => {
    if (other !== undefined) return SIMPLE_ESCAPES[other] ?? all;
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(x ?? u ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
