import { z } from "@hono/zod-openapi";

/** A file of a `multipart/form-data` body. */
export type UploadedFile = {
  /** As the client calls it, without its path; never empty. */
  name: string;
  /** Media type as the client says, which may be wrong; empty for none. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
};

export const MAX_FILE_NAME = 255;

/** Whether a text can be the name of a file anywhere: one segment of a path, printable, not too long. */
export function isFileName(name: string): boolean {
  return name.trim() !== "" && name.length <= MAX_FILE_NAME && !/[\p{Cc}\u2028\u2029/\\]|^\.{1,2}$/u.test(name);
}

const FILE_NAME_RULE = `a file's name has 1 to ${MAX_FILE_NAME} characters, no control characters and no path`;

export const fileName = z.string().refine(isFileName, FILE_NAME_RULE);

/** A field of a form that is a file; `server/http/bind.ts` reads it. */
export const uploadedFile = z
  .custom<UploadedFile>(
    (value) => value instanceof Object && "bytes" in value && value.bytes instanceof Uint8Array,
    "a file is required",
  )
  .refine((file) => isFileName(file.name), FILE_NAME_RULE)
  .openapi({ type: "string", format: "binary" });
