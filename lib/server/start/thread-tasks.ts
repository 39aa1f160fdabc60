import { openApiDocument } from "@/lib/api/openapi";
import { evaluate } from "@/lib/engine/checks/evaluate";
import { changesBetween } from "@/lib/text/edits";
import { readAgentFile } from "../agent-file/read-file";
import { ApiError } from "../core/errors";
import { chunkFile } from "../folders/chunk-file";
import { prepareJavaScript } from "../sandbox/javascript-source";
import { readSuite } from "../suites/read-suite";
import { writeSuite } from "../suites/write-suite";
import { SourceError } from "../threads/source-error";
import type { Emit, Ending, Tasks } from "../threads/threads";
import { deriveSchema, functionsOf } from "../tools/derive/derive-schema";
import { changedSchema, schemaOf } from "../tools/tool-schema";

/** What tools have done for them is done by a program of its own (`tool-thread.ts`). */
type Reading = Exclude<keyof Tasks, "git" | "outline" | "searchTexts" | "table">;
type Perform = { [Name in Reading]: (input: Tasks[Name]["input"], emit: Emit) => Tasks[Name]["value"] };

const PERFORM: Perform = {
  schemaOf: (input) => schemaOf(input),
  changedSchema: ({ row, body }) => changedSchema(row, body),
  deriveSchema: ({ source, language }) => deriveSchema(source, language),
  functionsOf: ({ source, language }) => functionsOf(source, language),
  prepareJavaScript: ({ source, entry, argNames, isKept }) => prepareJavaScript(source, entry, argNames, isKept),
  readAgentFile: (text) => readAgentFile(text),
  chunkFile,
  changesBetween: ({ before, after, edits }) => changesBetween(before, after, edits),
  readSuite: (source) => readSuite(source),
  writeSuite: ({ content, format }) => writeSuite(content, format),
  evaluate: ({ check, observed }) => evaluate(check, observed),
  openApi: () => JSON.stringify(openApiDocument()),
};

/** Does a task; what it throws is part of the answer. */
export function perform(name: Reading, input: unknown, emit: Emit): Ending {
  try {
    return { value: (PERFORM[name] as (input: unknown, emit: Emit) => unknown)(input, emit) };
  } catch (error) {
    if (error instanceof ApiError) {
      const { code, detail, extra } = error;
      return { refused: { code, detail, extra } };
    }
    if (error instanceof SourceError) return { source: { type: error.type, message: error.message } };
    const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
    return { failed: { name, message } };
  }
}
