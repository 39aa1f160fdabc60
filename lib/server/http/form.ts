import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import { REQUEST_LIMITS } from "@/lib/api/limits";
import type { UploadedFile } from "@/lib/api/upload";
import { ApiError, invalid } from "../core/errors";
import { eachChunk } from "./body";

type Field = { key: string; value: string | UploadedFile };

/**
 * The fields of a `multipart/form-data` body by name, a list where one is repeated or named `key[]`; files as
 * `UploadedFile`, with the last segment of the name that the client gave (RFC 7578, 4.2). It is taken apart as it comes.
 *
 * @throws ApiError `too-large` beyond `maxBytes`, `unsupported-type` for a body of another kind, `invalid` for one that
 * is broken or has more fields than anybody sends.
 */
export async function readForm(request: Request, maxBytes: number): Promise<Record<string, unknown>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new ApiError("unsupported-type", "The body of this request is to be a form: send it as multipart/form-data.");
  }
  const form = openForm(type);
  await eachChunk(request, maxBytes, form.write);
  const values = new Map<string, Field["value"][]>();
  for (const { key, value } of await form.end()) values.set(key, [...(values.get(key) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([key, all]) => [key.replace(/\[\]$/, ""), all.length === 1 && !key.endsWith("[]") ? all[0] : all]),
  );
}

const broken = (why: string) => invalid(`Request body is not a well-formed multipart/form-data: ${why}`);

/** Takes a form apart, chunk by chunk. What is wrong with it is told at the end: until then its sender is listened to. */
function openForm(type: string): { write(chunk: Uint8Array): Promise<void>; end(): Promise<Field[]> } {
  const fields: Field[] = [];
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
  };
  const parser = parserOf(type);
  const over = new Promise<void>((resolve) => parser.once("finish", resolve).once("error", () => resolve()));
  parser.on("error", (error: unknown) => fail(broken(error instanceof Error ? error.message : String(error))));
  parser.on("partsLimit", () => fail(invalid(`A form must have at most ${REQUEST_LIMITS.fields} fields`)));
  parser.on("field", (name, value) => fields.push({ key: plain(name), value }));
  parser.on("file", (name, stream, filename, _encoding, mime) => {
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    stream.on("error", (error: Error) => fail(broken(error.message)));
    stream.once("end", () => {
      const value = { name: plain(filename).split(/[/\\]/).at(-1) ?? "", type: mime, bytes: joined(chunks) };
      fields.push({ key: plain(name), value });
    });
  });
  return {
    write: (chunk) => (failure ? Promise.resolve() : new Promise((resolve) => parser.write(chunk, () => resolve()))),
    async end() {
      if (!failure) {
        parser.end();
        await over;
      }
      if (failure) throw failure;
      return fields;
    },
  };
}

/** @throws ApiError `invalid` for a type without a boundary. */
function parserOf(type: string) {
  const limits = { parts: REQUEST_LIMITS.fields, fieldSize: Number.POSITIVE_INFINITY };
  try {
    return new Busboy({
      ...{ headers: { "content-type": type } as BusboyHeaders, limits, preservePath: true, defCharset: "utf8" },
      isPartAFile: (_name, _type, filename) => filename !== undefined,
    });
  } catch (error) {
    throw broken((error as Error).message);
  }
}

/** A name as its sender has it: what would end it is written in another way (HTML, "multipart form data"). */
const plain = (name: string) => name.replace(/%0a/gi, "\n").replace(/%0d/gi, "\r").replace(/%22/g, '"');

/** In memory of its own, which a thread can be given. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
