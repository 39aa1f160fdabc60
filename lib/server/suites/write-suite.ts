import { stringify } from "yaml";
import type { Check, Finding, Observed } from "@/lib/engine/checks/check";

export type SuiteFormat = "yaml" | "json";

/** What editors find the schema by. */
export const SCHEMA_LINE = "# yaml-language-server: $schema=/v1/suites/schema\n";

/** A suite as a file. Pure. */
export function writeSuite(content: unknown, format: SuiteFormat): string {
  if (format === "json") return `${JSON.stringify(content, null, 2)}\n`;
  return `${SCHEMA_LINE}${stringify(content, { lineWidth: 110, aliasDuplicateObjects: false })}`;
}

declare module "../threads/threads" {
  interface Tasks {
    writeSuite: { input: { content: unknown; format: SuiteFormat }; value: string };
    evaluate: { input: { check: Check; observed: Observed }; value: Finding[] };
  }
}
