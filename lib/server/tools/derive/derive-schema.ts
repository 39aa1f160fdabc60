import { ApiError } from "../../errors";
import { derivePython } from "./python";
import { pythonFunctions } from "./python-source";
import { DeriveError, type SourceFunction, type ToolSchema } from "./schema";
import { deriveTypeScript } from "./typescript";
import { typeScriptFunctions } from "./typescript-source";

export type { SourceFunction, ToolSchema } from "./schema";

/** Languages that custom tools are written in; `typescript` stands for JavaScript too. */
export type SourceLanguage = "python" | "typescript";

const MAX_SOURCE_CHARS = 500_000;

/**
 * The schema of a custom tool from its source alone, which is parsed and never run.
 *
 * @throws ApiError `bad-request`, `Schema generation failed: …` (contract §3.7), with `line` beside it, from 1, where
 * there is one to name.
 */
export function deriveSchema(source: string, language: SourceLanguage): ToolSchema {
  try {
    requireLength(source);
    return language === "python" ? derivePython(source) : deriveTypeScript(source);
  } catch (error) {
    if (!(error instanceof DeriveError)) throw error;
    throw new ApiError("bad-request", `Schema generation failed: ${error.message}`, { line: error.line });
  }
}

/** The functions at the top of a source, the one that is the tool last; none where it can't be parsed. */
export function functionsOf(source: string, language: SourceLanguage): SourceFunction[] {
  try {
    requireLength(source);
    return language === "python" ? pythonFunctions(source) : typeScriptFunctions(source);
  } catch (error) {
    if (!(error instanceof DeriveError)) throw error;
    return [];
  }
}

function requireLength(source: string): void {
  if (source.length > MAX_SOURCE_CHARS) {
    throw new DeriveError(`the source is longer than ${MAX_SOURCE_CHARS} characters`, null);
  }
}
