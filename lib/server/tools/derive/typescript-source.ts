import { parse } from "@babel/parser";
import type {
  ArrowFunctionExpression,
  Comment,
  File,
  FunctionDeclaration,
  FunctionExpression,
  Node,
  Statement,
  TSEnumDeclaration,
  TSInterfaceDeclaration,
  TSType,
  TSTypeAliasDeclaration,
} from "@babel/types";
import { DeriveError, type SourceFunction } from "./schema";

/** A function at the top of a TypeScript or JavaScript file. */
export type TopFunction = {
  name: string;
  node: FunctionDeclaration | FunctionExpression | ArrowFunctionExpression;
  exported: boolean;
  /** The text of the last JSDoc comment before it, null if it has none. */
  jsDoc: string | null;
};

/** Types that a file names, by name. */
export type NamedTypes = Map<string, TSInterfaceDeclaration | TSTypeAliasDeclaration | TSEnumDeclaration>;

/** From 1; null for what was not in a file. */
export const lineOf = (node: Node): number | null => node.loc?.start.line ?? null;

/** Parsed, not run. @throws DeriveError for the first place that is neither TypeScript nor JavaScript. */
export function parseTypeScript(text: string): File {
  try {
    return parse(text, { sourceType: "module", plugins: ["typescript"] });
  } catch (error) {
    // Nesting is told of where the stack ends, in one way for all languages.
    if (error instanceof RangeError) throw error;
    const { message, loc } = error as { message: string; loc?: { line: number } };
    throw new DeriveError(`Failed to parse source code: ${message.replace(/ \(\d+:\d+\)$/, "")}`, loc?.line ?? null);
  }
}

/** A type that stands by itself, as in JSDoc; null for what is none. */
export function parseType(text: string): TSType | null {
  try {
    const [statement] = parse(`type T = ${text}\n`, { plugins: ["typescript"] }).program.body;
    return statement?.type === "TSTypeAliasDeclaration" ? statement.typeAnnotation : null;
  } catch {
    return null;
  }
}

/**
 * The function that is the tool: the last one that is exported, or, where none is, the last one whose name does not begin
 * with `_`, as a helper's does.
 */
export function toolFunction(functions: readonly TopFunction[]): TopFunction | undefined {
  return functions.findLast((one) => one.exported) ?? functions.findLast(isNoHelper) ?? functions.at(-1);
}

const isNoHelper = ({ name }: TopFunction) => !name.startsWith("_");

/** The functions at the top of a file that have a name, in order. */
export function topLevelFunctions(file: File): TopFunction[] {
  const listed = new Set(file.program.body.flatMap(exportedNames));
  return file.program.body.flatMap((statement) => {
    const exported = statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration";
    const inner = exported ? statement.declaration : statement;
    const comments = [...(statement.leadingComments ?? []), ...(inner?.leadingComments ?? [])];
    return functionsIn(inner ?? statement).map(({ name, node }) => ({
      name,
      node,
      exported: exported || listed.has(name),
      jsDoc: jsDocIn(comments),
    }));
  });
}

/** Names of `export { a, b }`, `exports.a = …` aside. */
function exportedNames(statement: Statement): string[] {
  if (statement.type !== "ExportNamedDeclaration" || statement.source) return [];
  return statement.specifiers.flatMap((one) =>
    one.type === "ExportSpecifier" && one.local.type === "Identifier" ? [one.local.name] : [],
  );
}

function functionsIn(node: Node): { name: string; node: TopFunction["node"] }[] {
  if (node.type === "FunctionDeclaration") return node.id ? [{ name: node.id.name, node }] : [];
  if (node.type !== "VariableDeclaration") return [];
  return node.declarations.flatMap(({ id, init }) => {
    const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
    return isFunction && id.type === "Identifier" ? [{ name: id.name, node: init }] : [];
  });
}

export function jsDocIn(comments: readonly Comment[] | null | undefined): string | null {
  return comments?.findLast((one) => one.type === "CommentBlock" && one.value.startsWith("*"))?.value ?? null;
}

/** The interfaces, type aliases and enums at the top of a file. */
export function namedTypes(file: File): NamedTypes {
  const types: NamedTypes = new Map();
  for (const statement of file.program.body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (
      node?.type === "TSInterfaceDeclaration" ||
      node?.type === "TSTypeAliasDeclaration" ||
      node?.type === "TSEnumDeclaration"
    )
      types.set(node.id.name, node);
  }
  return types;
}

export function typeScriptFunctions(text: string): SourceFunction[] {
  const functions = topLevelFunctions(parseTypeScript(text));
  const tool = toolFunction(functions);
  const ordered = [...functions.filter((one) => one !== tool), ...(tool ? [tool] : [])];
  return ordered.map(({ name, node }) => ({ name, parameters: node.params.flatMap(parameterName) }));
}

/** The name that a parameter is given by; none for one that takes its argument apart or takes the rest. */
export function parameterName(parameter: Node): string[] {
  const target = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
  return target.type === "Identifier" ? [target.name] : [];
}
