import type { AgentFile } from "@/lib/api/agent-file";
import { openApiDocument } from "@/lib/api/openapi";
import type { UpdateTool } from "@/lib/api/tools";
import { readAgentFile } from "../agent-file/read-file";
import { ApiError } from "../errors";
import { type ChunkTask, chunkFile } from "../folders/chunk-file";
import { type PreparedSource, prepareJavaScript, SourceError } from "../sandbox/javascript-source";
import { changedSchema, type EditedTool, type SchemaSource, schemaOf } from "../tool-schema";
import { deriveSchema, functionsOf, type SourceFunction, type SourceLanguage } from "../tools/derive/derive-schema";
import type { ToolSchema } from "../tools/derive/schema";

/** What a task may send before its value: pieces of a result that is too large to be handed over at once. */
export type Emit = (piece: string) => void;

/** What is done in threads, by name: reading of what others wrote, and whatever else may take long or go deep. Pure. */
export type Tasks = {
  schemaOf: { input: SchemaSource; value: ToolSchema };
  changedSchema: { input: { row: EditedTool; body: UpdateTool }; value: ToolSchema | null };
  deriveSchema: { input: { source: string; language: SourceLanguage }; value: ToolSchema };
  functionsOf: { input: { source: string; language: SourceLanguage }; value: SourceFunction[] };
  prepareJavaScript: {
    input: { source: string; entry: string | null; argNames: string[]; isKept: boolean };
    value: PreparedSource;
  };
  readAgentFile: { input: string; value: AgentFile };
  chunkFile: { input: ChunkTask; value: { text: string; chunks: number } };
  openApi: { input: null; value: string };
};

type Perform = { [Name in keyof Tasks]: (input: Tasks[Name]["input"], emit: Emit) => Tasks[Name]["value"] };

const PERFORM: Perform = {
  schemaOf: (input) => schemaOf(input),
  changedSchema: ({ row, body }) => changedSchema(row, body),
  deriveSchema: ({ source, language }) => deriveSchema(source, language),
  functionsOf: ({ source, language }) => functionsOf(source, language),
  prepareJavaScript: ({ source, entry, argNames, isKept }) => prepareJavaScript(source, entry, argNames, isKept),
  readAgentFile: (text) => readAgentFile(text),
  chunkFile,
  openApi: () => JSON.stringify(openApiDocument()),
};

/** How a task ended, as it goes from one thread to another. */
export type Ending =
  | { value: unknown }
  | { refused: { code: ApiError["code"]; detail: ApiError["detail"]; extra: ApiError["extra"] } }
  | { source: { type: SourceError["type"]; message: string } }
  | { failed: { name: string; message: string } };

/** Does a task; what it throws is part of the answer. */
export function perform(name: keyof Tasks, input: unknown, emit: Emit): Ending {
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
