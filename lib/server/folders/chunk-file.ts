import { storable } from "@/lib/engine/storable";
import { decodeBytes } from "../core/decode";
import { invalid } from "../core/errors";
import { newId } from "../core/ids";
import { type Chunk, chunkChars, eachChunk, eachCsvChunk } from "./chunk";

/** A file's bytes, or the text that was read from them, and how long its passages are to be. */
export type ChunkTask = { isCsv: boolean; source: Uint8Array | string; tokens: number };

/** A passage as it is inserted. */
export type ChunkRow = Chunk & { id: string; position: number };

export const MAX_TEXT_CHARS = 5_000_000;

/** What one statement inserts: the embedded database answers nobody else while one runs. */
const ROWS_PER_PIECE = 100;
const CHARS_PER_PIECE = 100_000;

/**
 * The text of a file in a form that can be kept, and its passages: these are emitted as they are found, in JSON lists of
 * `ChunkRow` of a size that one statement inserts. Runs in a thread.
 *
 * @throws ApiError `invalid` for what is no text, or too long.
 */
export function chunkFile(
  { isCsv, source, tokens }: ChunkTask,
  emit: (piece: string) => void,
): { text: string; chunks: number } {
  const text = textOf(source);
  let rows: ChunkRow[] = [];
  let chars = 0;
  let chunks = 0;
  const flush = () => {
    if (rows.length > 0) emit(JSON.stringify(rows));
    rows = [];
    chars = 0;
  };
  const each = isCsv ? eachCsvChunk : eachChunk;
  each(text, chunkChars(tokens), (chunk) => {
    rows.push({ id: newId("passage"), position: chunks, ...chunk });
    chunks += 1;
    chars += chunk.text.length;
    if (rows.length >= ROWS_PER_PIECE || chars >= CHARS_PER_PIECE) flush();
  });
  flush();
  return { text, chunks };
}

function textOf(source: Uint8Array | string): string {
  const text = typeof source === "string" ? source : decodeBytes(source);
  if (text === null) throw invalid("It is not text.");
  // A text has been held to the limit of what it comes from.
  if (typeof source !== "string" && text.length > MAX_TEXT_CHARS) {
    throw invalid(`Its text has ${text.length} characters, and ${MAX_TEXT_CHARS} are the limit.`);
  }
  return storable(text).replaceAll(/\r\n?/g, "\n");
}

declare module "../threads/threads" {
  interface Tasks {
    chunkFile: { input: ChunkTask; value: { text: string; chunks: number } };
  }
}
