"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { StateAt } from "@/lib/client/api/wire";
import { morePassagesQuery } from "@/lib/client/time/time-queries";
import { ERASED } from "@/lib/text/erased";
import { ErasedNote } from "../erasure/erased-note";
import { Empty, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { PassageText } from "./archival-pane";

/** What was in the archives as of a step, newest first; the rest is asked for. */
export function PastPassages({ state }: { state: StateAt }) {
  const { count, items } = state.passages;
  const more = useInfiniteQuery(morePassagesQuery(state));
  const shown = [...items, ...(more.data?.pages.flatMap((page) => page.items) ?? [])];
  const load = () => void (more.data ? more.fetchNextPage() : more.refetch());
  return (
    <section aria-label="Archival memory as of the step">
      <SectionHead title="Archival" note={`${count} ${count === 1 ? "passage" : "passages"}`} />
      {count === 0 && <Empty title="The archive was empty" />}
      <ul>
        {shown.map(({ id, text, tags, created_at: at }) => (
          <li key={id} className="border-line border-t px-3 py-1.5">
            <PassageText passage={{ text, tags, at, rank: null, score: null }} />
            {text === ERASED && <ErasedNote recordId={id} />}
          </li>
        ))}
      </ul>
      {more.isError && <Problem error={more.error} onRetry={load} />}
      {shown.length < count && (
        <div className="border-line border-t p-2 text-center">
          <Button size="sm" disabled={more.isFetching} onClick={load}>
            {more.isFetching ? "Loading…" : `Show more (${(count - shown.length).toLocaleString("en-US")} left)`}
          </Button>
        </div>
      )}
    </section>
  );
}
