import Papa from "papaparse";
import type { RunSummary } from "../api/wire";

/** More runs than these are another program's business: the API pages on. */
export const MOST_EXPORTED = 10_000;
const PAGE = 1000;

/** All runs that pass a filter, page after page, up to `MOST_EXPORTED`. */
export async function allRuns(
  load: (page: { limit: number; after?: string }) => Promise<readonly RunSummary[]>,
): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  while (runs.length < MOST_EXPORTED) {
    const last = runs.at(-1)?.id;
    const page = await load({ limit: PAGE, ...(last ? { after: last } : {}) });
    runs.push(...page);
    if (page.length < PAGE) break;
  }
  return runs.slice(0, MOST_EXPORTED);
}

/** Runs as a table for spreadsheets; what agents and users said is no formula there. */
export function toCsv(runs: readonly RunSummary[]): string {
  const rows = runs.map(({ models, ...run }) => ({ ...run, models: models.join(" ") }));
  return Papa.unparse(rows, { escapeFormulae: true, newline: "\n" });
}
