import { readFileSync } from "node:fs";
import path from "node:path";

/** Memoir's own version, by the package.json of the folder that it is started in. */
export function appVersion(): string {
  try {
    const file = path.join(/*turbopackIgnore: true*/ process.cwd(), "package.json");
    return String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version ?? "unknown");
  } catch {
    return "unknown";
  }
}

/** The release of Letta whose API this server speaks: clients read it to know what they can ask for. */
export const API_VERSION = "0.16.7";
