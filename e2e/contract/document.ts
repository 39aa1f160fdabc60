import { readFileSync } from "node:fs";
import path from "node:path";

/** The original server's OpenAPI document, parsed anew at each call; `MEMOIR_CONTRACT` names another file. */
export function readContract<Document>(): Document {
  const file = process.env.MEMOIR_CONTRACT ?? path.resolve(import.meta.dirname, "letta-v1.openapi.json");
  return JSON.parse(readFileSync(file, "utf8")) as Document;
}
