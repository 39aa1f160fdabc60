import { ApiError, invalid } from "../../core/errors";
import { inlineArguments } from "./args-schema";
import { derivePython, describePython } from "./python";
import { pythonFunctions } from "./python-source";
import { DeriveError, type JsonSchema, type SourceFunction, type ToolSchema } from "./schema";
import { deriveTypeScript, describeTypeScript } from "./typescript";
import { typeScriptFunctions } from "./typescript-source";

export type { SourceFunction, ToolSchema } from "./schema";

/** Languages that custom tools are written in; `typescript` stands for JavaScript too. */
export type SourceLanguage = "python" | "typescript";

const MAX_SOURCE_CHARS = 500_000;
const MAX_BRACKETS = 1000;

/**
 * The schema of a custom tool from its source, which is parsed and never run. With `argsSchema`, a JSON Schema of the
 * arguments, the parameters are these, and only name and description come from the source: it needs to describe nothing.
 *
 * @throws ApiError `bad-request`, `Schema generation failed: …` (contract §3.7), with `line` beside it, from 1, where
 * there is one to name.
 */
export function deriveSchema(source: string, language: SourceLanguage, argsSchema?: JsonSchema | null): ToolSchema {
  try {
    requireReadable(source);
    if (argsSchema) return { ...head(source, language), parameters: inlineArguments(argsSchema) };
    return language === "python" ? derivePython(source) : deriveTypeScript(source);
  } catch (error) {
    if (!(error instanceof DeriveError)) throw error;
    throw new ApiError("bad-request", `Schema generation failed: ${error.message}`, { line: error.line });
  }
}

function head(source: string, language: SourceLanguage): Pick<ToolSchema, "name" | "description"> {
  if (language === "python") {
    const { name, docstring } = describePython(source);
    return { name, description: docstring?.description ?? "" };
  }
  const { tool, doc } = describeTypeScript(source);
  return { name: tool.name, description: doc?.description ?? "" };
}

/** The functions at the top of a source, the one that is the tool last; none where it can't be parsed. */
export function functionsOf(source: string, language: SourceLanguage): SourceFunction[] {
  try {
    requireReadable(source);
    return language === "python" ? pythonFunctions(source) : typeScriptFunctions(source);
  } catch (error) {
    if (!(error instanceof DeriveError)) throw error;
    return [];
  }
}

/** @throws DeriveError, or ApiError `invalid`, for what is not worth a parser's time. */
function requireReadable(source: string): void {
  if (source.length > MAX_SOURCE_CHARS) {
    throw new DeriveError(`the source is longer than ${MAX_SOURCE_CHARS} characters`, null);
  }
  // What lies deeper costs a parser much time before it gives up. Python itself takes 200.
  let depth = 0;
  for (const bracket of source.matchAll(/[()[\]{}]/g)) {
    if ("([{".includes(bracket[0])) depth += 1;
    else depth = Math.max(0, depth - 1);
    if (depth > MAX_BRACKETS) {
      throw invalid(`Schema generation failed: the source is nested too deeply, more than ${MAX_BRACKETS} brackets`);
    }
  }
}

declare module "../../threads/threads" {
  interface Tasks {
    deriveSchema: { input: { source: string; language: SourceLanguage }; value: ToolSchema };
    functionsOf: { input: { source: string; language: SourceLanguage }; value: SourceFunction[] };
  }
}
