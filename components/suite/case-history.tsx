"use client";
import Link from "next/link";
import type { SuiteHistory } from "@/lib/client/suite/suite-queries";
import { Badge } from "../ui/badge";
import { cn } from "../ui/cn";

type CaseHistoryProps = { suiteId: string; history: SuiteHistory["cases"][number] };

/** How a case went in the last runs, the newest at the right: each leads to its run. */
export function CaseHistory({ suiteId, history }: CaseHistoryProps) {
  const { variant, is_flaky, passed, total, results } = history;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-0.5 text-sm">
      {variant && <span className="text-muted">{variant}</span>}
      <ol aria-label={`Last runs${variant ? ` as ${variant}` : ""}`} className="flex items-center">
        {results.map((result) => {
          const said = result.passed === result.total ? "passed" : result.passed === 0 ? "failed" : "passed in part";
          const rate = result.total > 1 ? ` (${result.passed} of ${result.total})` : "";
          return (
            <li key={result.run_id}>
              <Link
                href={`/tests/${suiteId}/runs/${result.run_id}`}
                title={`${said}${rate}`}
                aria-label={`${said}${rate}`}
                className="flex h-6 w-3 items-center justify-center"
              >
                <span
                  className={cn(
                    "w-1.5 rounded-sm",
                    result.passed === result.total
                      ? "h-3 bg-files"
                      : result.passed === 0
                        ? "h-4 bg-error"
                        : "h-4 border border-error bg-files",
                  )}
                />
              </Link>
            </li>
          );
        })}
      </ol>
      <span className="text-muted">
        {passed} of {total} passed
      </span>
      {is_flaky && <Badge tone="error">flaky</Badge>}
    </div>
  );
}
