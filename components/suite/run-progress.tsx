import { formatCount } from "@/lib/client/screen/format";
import type { SuiteCounts, SuiteRun } from "@/lib/client/suite/suite-queries";

const PARTS = [
  { key: "passed", className: "bg-files" },
  { key: "failed", className: "bg-error" },
  { key: "error", className: "bg-error" },
  { key: "running", className: "bg-messages" },
] as const;

const overOf = ({ total, created, running }: SuiteCounts) => total - created - running;

/** How far a run is, as a bar. */
export function RunProgress({ counts }: { counts: SuiteCounts }) {
  return (
    <div
      role="progressbar"
      aria-label="Cases that are over"
      aria-valuenow={overOf(counts)}
      aria-valuemin={0}
      aria-valuemax={counts.total}
      className="flex h-1.5 w-full overflow-hidden rounded-full bg-active"
    >
      {PARTS.map(({ key, className }) => (
        <span
          key={key}
          className={className}
          style={{ width: `${(100 * counts[key]) / Math.max(1, counts.total)}%` }}
        />
      ))}
    </div>
  );
}

/** How many of what, and how long it will take. */
export function RunCounts({ run }: { run: SuiteRun }) {
  const { counts } = run;
  const others = (["failed", "error", "running", "skipped", "cancelled"] as const).filter((key) => counts[key] > 0);
  const names = {
    failed: "failed",
    error: "could not be run",
    running: "running",
    skipped: "left out",
    cancelled: "cancelled",
  };
  return (
    <span className="tabular-nums">
      {formatCount(counts.passed)} of {formatCount(counts.total)} passed
      {others.map((key) => (
        <span key={key} className={key === "failed" || key === "error" ? "text-error" : "text-muted"}>
          {" · "}
          {formatCount(counts[key])} {names[key]}
        </span>
      ))}
      {run.seconds_left !== null && <span className="text-muted"> · about {formatCount(run.seconds_left)} s left</span>}
    </span>
  );
}

/** The last runs, oldest first: green where all passed. */
export function Trend({ runs }: { runs: readonly SuiteRun[] }) {
  if (runs.length === 0) return null;
  const shown = runs.toReversed();
  const passed = runs.filter(({ status }) => status === "passed").length;
  return (
    <span
      role="img"
      aria-label={`${passed} of the last ${runs.length} runs passed`}
      className="flex h-5 items-end gap-0.5"
    >
      {shown.map(({ id, status, counts }) => {
        const share = counts.passed / Math.max(1, counts.total);
        const tone = status === "passed" ? "bg-files" : status === "failed" ? "bg-error" : "bg-line-strong";
        return (
          <span key={id} className={`w-1.5 rounded-sm ${tone}`} style={{ height: `${Math.max(15, share * 100)}%` }} />
        );
      })}
    </span>
  );
}
