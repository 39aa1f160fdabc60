"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RecordedSearch } from "@/lib/client/api/wire";
import { formatDay } from "@/lib/client/screen/format";
import { stepSearchesQuery } from "@/lib/client/time/time-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

type SearchExplainedProps = { stepId: string; callId: string };

/** What a search of the past weighed: its candidates with their scores by part, and where they were cut. On demand. */
export function SearchExplained({ stepId, callId }: SearchExplainedProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className="pb-1 pl-5">
      <Button size="sm" tone="ghost" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide how it was ranked" : "How was it ranked?"}
      </Button>
      {open && <Searches stepId={stepId} callId={callId} />}
    </div>
  );
}

function Searches({ stepId, callId }: SearchExplainedProps) {
  const searches = useQuery(stepSearchesQuery(stepId));
  if (searches.isError)
    return <Problem error={searches.error} onRetry={() => void searches.refetch()} className="mx-0" />;
  if (!searches.data) return <SkeletonRows rows={4} label="Loading the search" />;
  const mine = searches.data.filter(({ cause }) => cause.toolCall === undefined || cause.toolCall === callId);
  if (mine.length === 0) return <p className="py-1 text-muted text-sm">This call searched nothing.</p>;
  return mine.map((search) => <Ranking key={search.id} search={search} />);
}

const MODES: Record<RecordedSearch["mode"], string> = {
  text: "by words",
  vector: "by meaning",
  hybrid: "by words (0.7) and by meaning (0.3)",
};
const SHOWN = 20;

function Ranking({ search }: { search: RecordedSearch }) {
  const [all, setAll] = useState(false);
  const { candidates, mode, note, query } = search;
  const shown = all ? candidates : candidates.slice(0, SHOWN);
  const returned = candidates.filter((one) => one.returned).length;
  return (
    <section aria-label={`Ranking of “${query}”`} className="py-1 text-sm">
      <p className="text-muted">
        Searched {MODES[mode]}: {candidates.length} {candidates.length === 1 ? "candidate" : "candidates"}, {returned}{" "}
        returned{search.limit !== null && ` of at most ${search.limit}`}.{note && ` ${note}`}
      </p>
      {candidates.length > 0 && (
        <table className="mt-1 w-full border-collapse text-left">
          <thead className="text-muted">
            <tr className="border-line border-b">
              <th className="py-0.5 pr-2 font-normal">#</th>
              <th className="py-0.5 pr-2 font-normal">Passage</th>
              <th className="py-0.5 pr-2 text-right font-normal">Score</th>
              <th className="py-0.5 pr-2 text-right font-normal">Words</th>
              <th className="py-0.5 text-right font-normal">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one, index) => (
              <tr
                key={one.id}
                className={cn(
                  "border-line border-b align-top",
                  !one.returned && "text-muted",
                  !one.returned && shown[index - 1]?.returned && "border-t-2 border-t-error",
                )}
              >
                <td className="py-0.5 pr-2">{one.rank}</td>
                <td className="py-0.5 pr-2">
                  <span className="line-clamp-2 break-words">{one.text ?? "(gone)"}</span>
                  <span className="text-muted text-xs">
                    {one.returned ? "returned" : "cut"}
                    {one.created_at && ` · ${formatDay(one.created_at)}`}
                    {one.deleted && " · deleted since"}
                    {one.words_by && partsOf(one.words_by)}
                  </span>
                </td>
                <td className="py-0.5 pr-2 text-right tabular-nums">{one.score.toFixed(2)}</td>
                <td className="py-0.5 pr-2 text-right tabular-nums">{placeOf(one.by_words)}</td>
                <td className="py-0.5 text-right tabular-nums">{placeOf(one.by_meaning)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length < candidates.length && (
        <Button size="sm" tone="ghost" className="mt-1" onClick={() => setAll(true)}>
          Show all {candidates.length}
        </Button>
      )}
    </section>
  );
}

/** Where neighbours or the session gave something, what of the score by words is the text's own. */
function partsOf({ own, window, session }: { own: number; window: number; session: number }): string {
  if (window + session === 0) return "";
  const parts = [`own ${own.toFixed(2)}`];
  if (window > 0) parts.push(`beside it ${window.toFixed(2)}`);
  if (session > 0) parts.push(`session ${session.toFixed(2)}`);
  return ` · words: ${parts.join(" + ")}`;
}

const placeOf = (place: { rank: number; score: number } | null) =>
  place === null ? "–" : `${place.score.toFixed(2)} (${place.rank})`;
