"use client";
import type { StateAt } from "@/lib/client/api/wire";
import { Empty, SectionHead } from "../shell/bits";
import { PassageText } from "./archival-pane";

/** What was in the archive as of a step. */
export function PastPassages({ passages }: { passages: StateAt["passages"] }) {
  const { count, items } = passages;
  return (
    <section aria-label="Archival memory as of the step">
      <SectionHead title="Archival" note={`${count} ${count === 1 ? "passage" : "passages"}`} />
      {count === 0 && <Empty title="The archive was empty" />}
      <ul>
        {items.map(({ id, text, tags, created_at: at }) => (
          <li key={id} className="border-line border-t px-3 py-1.5">
            <PassageText passage={{ text, tags, at, rank: null, score: null }} />
          </li>
        ))}
      </ul>
    </section>
  );
}
