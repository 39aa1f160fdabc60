import type { SuiteItemResult } from "@/lib/api/suites";
import { diffLines } from "@/lib/text/line-diff";
import type { Ctx } from "../core/core";
import type { SuiteItemModel } from "../db/generated/models";
import { othersTurn } from "../db/others-turn";
import { itemsOf } from "./compare-runs";
import { getSuiteRun, retrieveSuiteRun } from "./suite-runs";

type Item = SuiteItemModel & { result: SuiteItemResult | null };

/** A run for a program or a person outside of these pages. @throws ApiError `not-found`. */
export async function reportRun(ctx: Ctx, suiteId: string, id: string, format: "junit" | "markdown"): Promise<string> {
  await getSuiteRun(ctx, suiteId, id);
  const run = await retrieveSuiteRun(ctx, suiteId, id);
  const parts: string[] = [];
  for await (const item of itemsOf(ctx, id)) {
    parts.push(format === "junit" ? junitCase(item, run.suite_name) : markdownItem(item));
    await othersTurn();
  }
  const { counts } = run;
  if (format === "junit") {
    const skipped = counts.skipped + counts.cancelled;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="${xml(run.suite_name)}" tests="${counts.total}" failures="${counts.failed}" errors="${counts.error}" skipped="${skipped}" timestamp="${run.created_at}">\n${parts.join("")}</testsuite>\n</testsuites>\n`;
  }
  const sign = run.status === "passed" ? "✅" : run.status === "failed" ? "❌" : "◻️";
  const said = [`${counts.passed} of ${counts.total} passed`];
  for (const key of ["failed", "error", "skipped", "cancelled"] as const)
    if (counts[key] > 0) said.push(`${counts[key]} ${key}`);
  return `## ${sign} ${markdown(run.suite_name)}: ${said.join(", ")}\n\n${parts.join("")}`;
}

/** Characters that XML can't have are left out. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function nameOf({ caseName, variant, repeat }: Item): string {
  return `${caseName}${variant ? ` [${variant}]` : ""}${repeat > 1 ? ` (${repeat})` : ""}`;
}

const secondsOf = ({ startedAt, completedAt }: Item) =>
  startedAt && completedAt ? ((completedAt.getTime() - startedAt.getTime()) / 1000).toFixed(3) : "0";

function junitCase(item: Item, suite: string): string {
  const open = `<testcase classname="${xml(suite)}" name="${xml(nameOf(item))}" time="${secondsOf(item)}">`;
  const failed = item.result?.findings.filter(({ passed }) => !passed) ?? [];
  if (item.status === "error") return `${open}<error message="${xml(item.error ?? "")}"/></testcase>\n`;
  if (item.status === "failed") {
    const text = failed.map(
      ({ expected, found, step_id }) => `${expected}\n  found: ${found}${step_id ? `\n  ${step_id}` : ""}`,
    );
    const first = failed[0] ? `${failed[0].expected}: ${failed[0].found}` : "";
    return `${open}<failure message="${xml(first)}">${xml(text.join("\n"))}</failure></testcase>\n`;
  }
  return item.status === "passed" ? `${open}</testcase>\n` : `${open}<skipped/></testcase>\n`;
}

/** Text of others in one line, which forms nothing. */
const markdown = (text: string) =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_{}[\]<>#|~!]/g, (sign) => `\\${sign}`)
    .replaceAll("@", "@\u200b");

const SIGNS: Record<string, string> = { passed: "✅", failed: "❌", error: "⚠️" };
const MOST_DIFF_LINES = 60;

function markdownItem(item: Item): string {
  const failed = item.result?.findings.filter(({ passed }) => !passed) ?? [];
  const lines = [
    `- ${SIGNS[item.status] ?? "◻️"} **${markdown(nameOf(item))}** ${item.status} in ${secondsOf(item)} s\n`,
  ];
  if (item.error) lines.push(`  - ${markdown(item.error)}\n`);
  for (const { expected, found } of failed) lines.push(`  - ${markdown(expected)}: ${markdown(found)}\n`);
  const diff = item.result ? memoryDiff(item.result.memory) : [];
  if (diff.length > 0) {
    const shown = diff.slice(0, MOST_DIFF_LINES).map((line) => `  ${line.replaceAll("`", "ˋ")}\n`);
    const more = diff.length > MOST_DIFF_LINES ? `  … ${diff.length - MOST_DIFF_LINES} more lines\n` : "";
    lines.push(
      `  <details><summary>what changed in memory</summary>\n\n  \`\`\`diff\n${shown.join("")}${more}  \`\`\`\n\n  </details>\n`,
    );
  }
  return lines.join("");
}

/** Changed lines of memory, as a unified diff has them. */
export function memoryDiff({ blocks, archive_added, archive_removed }: SuiteItemResult["memory"]): string[] {
  return [
    ...blocks.flatMap(({ label, before, after }) => [`@@ ${label} @@`, ...changedLines(before ?? "", after ?? "")]),
    ...(archive_added.length + archive_removed.length > 0 ? ["@@ archive @@"] : []),
    ...archive_removed.map((text) => `-${text.replaceAll("\n", " ")}`),
    ...archive_added.map((text) => `+${text.replaceAll("\n", " ")}`),
  ];
}

function changedLines(before: string, after: string): string[] {
  return diffLines(before, after).flatMap((row) =>
    row.type === "same" ? [] : [`${row.type === "added" ? "+" : "-"}${row.text}`],
  );
}
