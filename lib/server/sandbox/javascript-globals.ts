import type { parse } from "@babel/parser";

/** A statement at the top level of a module. */
export type Statement = ReturnType<typeof parse>["program"]["body"][number];

type Declaration = Extract<Statement, { type: "VariableDeclaration" | "FunctionDeclaration" | "ClassDeclaration" }>;
type Variables = Extract<Declaration, { type: "VariableDeclaration" }>;
type Edit = { start: number; end: number; text: string };

/**
 * A module's text in which what it declares at its top level are properties of the global object, so that the next module
 * of the same realm has them, and may declare them again. Lines stay where they are.
 *
 * @param ownName a name of the module's that is left as it is.
 */
export function withGlobals(code: string, body: readonly Statement[], ownName: string): string {
  const edits: Edit[] = [];
  const names: string[] = [];
  const hoisted: string[] = [];
  const edit = (start: number, end: number, text: string) => edits.push({ start, end, text });
  const edge = (node: { start?: number | null; end?: number | null }) => [node.start ?? 0, node.end ?? 0] as const;

  function declare(declaration: Declaration, start: number): void {
    const [own, end] = edge(declaration);
    if (declaration.type === "FunctionDeclaration") {
      const name = declaration.id?.name;
      if (!declaration.id || !name) return;
      // A name of its own, so that the name as it was means the global, also when a later script gives it another value.
      const inner = `__memoir_function_${hoisted.length}`;
      names.push(name);
      hoisted.push(
        `globalThis[${JSON.stringify(name)}] = Object.defineProperty(${inner}, "name", { value: ${JSON.stringify(name)} });`,
      );
      edit(start, own, "");
      edit(...edge(declaration.id), inner);
    } else if (declaration.type === "ClassDeclaration") {
      if (!declaration.id) return;
      names.push(declaration.id.name);
      edit(start, own, `;(${declaration.id.name} = `);
      edit(end, end, ");");
    } else {
      declareVariables(declaration, start);
    }
  }

  function declareVariables(declaration: Variables, start: number): void {
    const { kind, declarations } = declaration;
    if (kind !== "var" && kind !== "let" && kind !== "const") return;
    const first = declarations[0]?.start ?? start;
    edit(start, first, `;${"\n".repeat(code.slice(start, first).split("\n").length - 1)}`);
    for (const declarator of declarations) {
      names.push(...namesOf(declarator.id));
      const [from, to] = edge(declarator);
      edit(from, from, "(");
      edit(to, to, declarator.init || kind === "var" ? ")" : " = undefined)");
    }
    edit(declaration.end ?? 0, declaration.end ?? 0, ";");
  }

  for (const statement of body) {
    const start = statement.start ?? 0;
    if (statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement;
      if (declaration && isDeclaration(declaration) && !declares(declaration, ownName)) declare(declaration, start);
    } else if (isDeclaration(statement)) declare(statement, start);
  }
  const head =
    names.length === 0
      ? ""
      : `for (const name of ${JSON.stringify([...new Set(names)])}) if (!(name in globalThis)) globalThis[name] = undefined; ${hoisted.join(" ")} `;
  return head + applied(code, edits);
}

function isDeclaration(node: { type: string }): node is Declaration {
  return ["VariableDeclaration", "FunctionDeclaration", "ClassDeclaration"].includes(node.type);
}

const declares = (declaration: Declaration, name: string) =>
  declaration.type === "VariableDeclaration" && declaration.declarations.some(({ id }) => namesOf(id).includes(name));

/** Where each kind of pattern has what it binds. */
const BOUND = new Map([
  ["ObjectPattern", "properties"],
  ["ObjectProperty", "value"],
  ["ArrayPattern", "elements"],
  ["AssignmentPattern", "left"],
  ["RestElement", "argument"],
]);

/** The names that a pattern binds. */
function namesOf(pattern: unknown): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap(namesOf);
  if (typeof pattern !== "object" || pattern === null) return [];
  const fields = new Map<string, unknown>(Object.entries(pattern));
  if (fields.get("type") === "Identifier") return [String(fields.get("name"))];
  return namesOf(fields.get(BOUND.get(String(fields.get("type"))) ?? ""));
}

function applied(code: string, edits: readonly Edit[]): string {
  let out = "";
  let at = 0;
  // Edits at the same place stay in the order in which they were made.
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    out += code.slice(at, start) + text;
    at = end;
  }
  return out + code.slice(at);
}
