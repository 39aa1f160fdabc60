import { parse } from "@babel/parser";
import { transform } from "sucrase";
import { SourceError } from "../threads/source-error";
import { type Statement, withGlobals } from "./javascript-globals";

/** What a script's last expression is exported as. */
const LAST_VALUE = "__memoir_last";

/** JavaScript as the worker runs it: a module that exports what is to be called, or the value of its last expression. */
export type PreparedSource = {
  code: string;
  /** Names of the entry's parameters, in order; null when it takes one object with all arguments. */
  params: string[] | null;
};

type FunctionParameters = Extract<Statement, { type: "FunctionDeclaration" }>["params"];

/**
 * Takes types away, and finds the entry and its parameters.
 *
 * @param isKept what a script declares at its top level is for the scripts after it too.
 * @throws SourceError that names the line.
 */
export function prepareJavaScript(
  source: string,
  entry: string | null,
  argNames: readonly string[],
  isKept = false,
): PreparedSource {
  const plain = withPlainImports(stripTypes(source));
  const { body } = parseModule(plain).program;
  if (entry === null) {
    const code = withLastValue(plain, body);
    return { code: isKept ? withGlobals(code, parseModule(code).program.body, LAST_VALUE) : code, params: null };
  }
  const params = parametersOf(body, entry);
  if (!params) throw new SourceError(`the source has no function "${entry}" at its top level`, "ReferenceError");
  const names = params.map(nameOf);
  const [first] = names;
  const takesObject = first === null || (names.length === 1 && first !== undefined && isBag(first, argNames));
  return {
    code: `${plain}\nexport { ${entry} as __memoir_entry };`,
    params: takesObject ? null : names.map((name) => name ?? ""),
  };
}

/** Whether one parameter, named as no argument is, stands for all of them. */
const isBag = (name: string, argNames: readonly string[]) =>
  argNames.length > 0 && !argNames.includes(name) && name !== "agent_state" && name !== "agent_id";

function stripTypes(source: string): string {
  try {
    return transform(source, { transforms: ["typescript"], disableESTransforms: true, keepUnusedImports: true }).code;
  } catch (error) {
    throw syntaxError(error);
  }
}

function parseModule(code: string): ReturnType<typeof parse> {
  try {
    return parse(code, { sourceType: "module" });
  } catch (error) {
    throw syntaxError(error);
  }
}

function syntaxError(error: unknown): SourceError | RangeError {
  if (error instanceof RangeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const line = /\((\d+):\d+\)/.exec(message)?.[1];
  const plain = message.replace(/^Error transforming [^:]*: /, "").replace(/\s*\(\d+:\d+\)/, "");
  return new SourceError(line ? `${plain} (line ${line})` : plain);
}

/**
 * Imports as reads of one object that every package exports: names of CommonJS packages are known only when they run.
 * Lines stay where they are.
 */
function withPlainImports(code: string): string {
  const { body } = parseModule(code).program;
  let plain = code;
  body.toReversed().forEach((statement, at) => {
    if (statement.type !== "ImportDeclaration") return;
    const { start, end, specifiers, source } = statement;
    const whole = `__memoir_import_${at}`;
    const reads = specifiers.map((specifier) => {
      const { name } = specifier.local;
      if (specifier.type === "ImportNamespaceSpecifier") return `${name} = ${whole}`;
      if (specifier.type === "ImportDefaultSpecifier")
        return `${name} = "default" in ${whole} ? ${whole}.default : ${whole}`;
      const { imported } = specifier;
      const from = imported.type === "Identifier" ? imported.name : imported.value;
      return `${name} = ${whole}[${JSON.stringify(from)}]`;
    });
    const lines = code.slice(start ?? 0, end ?? 0).split("\n").length - 1;
    const text = `import { __memoir_all as ${whole} } from ${JSON.stringify(source.value)};${reads.length > 0 ? ` const ${reads.join(", ")};` : ""}`;
    plain = plain.slice(0, start ?? 0) + text + "\n".repeat(lines) + plain.slice(end ?? 0);
  });
  return plain;
}

function parametersOf(body: readonly Statement[], name: string): FunctionParameters | null {
  for (const statement of body) {
    const declared =
      statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration"
        ? statement.declaration
        : statement;
    if (declared?.type === "FunctionDeclaration" && declared.id?.name === name) return declared.params;
    if (declared?.type !== "VariableDeclaration") continue;
    for (const { id, init } of declared.declarations) {
      if (id.type !== "Identifier" || id.name !== name) continue;
      if (init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression") return init.params;
    }
  }
  return null;
}

function nameOf(parameter: FunctionParameters[number]): string | null {
  if (parameter.type === "Identifier") return parameter.name;
  return parameter.type === "AssignmentPattern" && parameter.left.type === "Identifier" ? parameter.left.name : null;
}

function withLastValue(code: string, body: readonly Statement[]): string {
  const last = body.at(-1);
  if (last?.type !== "ExpressionStatement") return `${code}\nexport const ${LAST_VALUE} = undefined;`;
  const { start, end } = last.expression;
  const before = code.slice(0, last.start ?? 0);
  const rest = code.slice(last.end ?? code.length);
  return `${before}export const ${LAST_VALUE} = (${code.slice(start ?? 0, end ?? 0)});${rest}`;
}

declare module "../threads/threads" {
  interface Tasks {
    prepareJavaScript: {
      input: { source: string; entry: string | null; argNames: string[]; isKept: boolean };
      value: PreparedSource;
    };
  }
}
