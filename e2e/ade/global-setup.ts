import { existsSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** The pages are tested as they are built. A server that runs already (`MEMOIR_URL`) is taken as it is. */
export default function globalSetup(): void {
  if (process.env.MEMOIR_URL) return;
  for (const file of ["dist/server.mjs", ".next/BUILD_ID"]) {
    if (!existsSync(path.join(ROOT, file))) throw new Error(`${file} is missing: run npm run build first.`);
  }
}
