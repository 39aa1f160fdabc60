import type { Knowledge, KnowledgeEvent } from "@/lib/api/knowledge";

type Verdict = Knowledge["verdict"];
type Of<Type extends KnowledgeEvent["type"]> = Extract<KnowledgeEvent, { type: Type }>;

/** What is known of a fact: the moments of its life in order, where it is, and, if a step is asked about, what was shown. */
export type Evidence = Pick<Knowledge, "events" | "now" | "shown">;

/**
 * Says why an agent knows something or does not, in sentences: what the model was shown at a step that is asked about,
 * otherwise where it stands now, or else where its way ended.
 */
export function verdictOf(evidence: Evidence): Verdict {
  const { shown } = evidence;
  const today = verdictOfToday(evidence);
  if (shown === null) return today;
  const [place] = shown.places;
  if (!place) return { code: "not-shown", text: `The model was not shown it in this step. ${today.text}` };
  const where = `${place.kind === "messages" ? "the conversation" : nameOf(place)}${shown.places.length > 1 ? ", and elsewhere" : ""}`;
  return {
    code: "shown",
    text: `The model was shown it in this step, in ${where}. If its answer does not know it, the model passed over it.`,
  };
}

const nameOf = ({ kind, label }: { kind: string; label: string }) =>
  kind === "memory-block" ? `the block ${quoted(label)}` : quoted(label || kind);
const quoted = (label: string) => `“${label}”`;

function verdictOfToday({ events, now }: Evidence): Verdict {
  const of = <Type extends KnowledgeEvent["type"]>(type: Type) =>
    events.filter((event): event is Of<Type> => event.type === type);
  const [written, dropped] = [of("written"), of("dropped")];
  const [block] = now.blocks;
  if (block) return { code: "in-memory", text: standing(block, written, dropped) };
  if (written.length > 0) {
    return { code: "dropped", text: join(fallen(written, dropped), stillThere(now)) };
  }
  if (now.messages_in_context > 0) {
    return {
      code: "in-context",
      text: "It is in the conversation that the model is shown. No block holds it, so it goes with the next compaction unless the summary keeps it.",
    };
  }
  if (now.passages > 0) return archived(of("searched"));
  const removed = of("removed").at(-1);
  if (removed) return { code: "removed", text: "The archive held it, and it was deleted from there." };
  if (of("said").length > 0) return { code: "not-stored", text: forgotten(of("left-context")) };
  return { code: "never-said", text: "Nobody has said it with these words, and it was never written down." };
}

function standing(
  block: { block_id: string; label: string },
  written: readonly Of<"written">[],
  dropped: readonly Of<"dropped">[],
): string {
  const mine = written.filter(({ block_id }) => block_id === block.block_id);
  const gaps = dropped
    .filter(({ block_id }) => block_id === block.block_id)
    .flatMap((gap) => {
      const back = mine.find(({ number }) => number > gap.number);
      return back ? [`It was missing from v${gap.number}, where ${gap.operation} dropped it, to v${back.number}.`] : [];
    });
  const first = mine[0];
  return join(
    `It stands in ${quoted(block.label)}, which the model is shown at every step${first ? `; it was first written in v${first.number} by ${first.operation}` : ""}.`,
    ...gaps,
  );
}

function fallen(written: readonly Of<"written">[], dropped: readonly Of<"dropped">[]): string {
  const last = written.at(-1)!;
  const gone = dropped.filter(({ block_id }) => block_id === last.block_id).at(-1);
  if (!gone || gone.number < last.number)
    return `It stands in ${quoted(last.label)}, a block that the agent no longer has.`;
  return `It was written to ${quoted(last.label)} in v${last.number} by ${last.operation}, and dropped in v${gone.number} by ${gone.operation}.`;
}

function stillThere({ messages_in_context, passages }: Evidence["now"]): string {
  if (messages_in_context > 0) return "The conversation that the model is shown still has it.";
  return passages > 0 ? "The archive still holds it: a search can find it." : "";
}

function archived(searches: readonly Of<"searched">[]): Verdict {
  const last = searches.filter(({ there_were }) => there_were > 0).at(-1);
  if (!last) {
    return {
      code: "in-archive",
      text: "The archive holds it, and it was not searched for since. The model is shown it only when the agent searches.",
    };
  }
  const search = `the last search, “${last.text}”,`;
  if (last.returned) return { code: "in-archive", text: `The archive holds it, and ${search} returned it.` };
  if (last.rank === null)
    return {
      code: "search-missed",
      text: `The archive holds it, but ${search} did not have it among its candidates: it was asked in other words.`,
    };
  return {
    code: "search-cut",
    text: `The archive holds it, but ${search} had it in place ${last.rank} and returned ${last.limit ?? "fewer"}.`,
  };
}

function forgotten(left: readonly Of<"left-context">[]): string {
  const last = left.at(-1);
  if (!last) return "It was said, and never written to memory.";
  const summary = last.in_summary ? "whose summary says it" : "whose summary does not say it";
  return `It was said, and never written to memory. It left the context by a compaction, ${summary}.`;
}

const join = (...sentences: string[]) => sentences.filter((sentence) => sentence !== "").join(" ");
