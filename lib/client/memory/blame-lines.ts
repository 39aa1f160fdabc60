import type { Blame } from "../api/wire";

type Segment = Blame["segments"][number];

/** A line of a text with who wrote each piece of it. */
export type BlameLine = {
  pieces: { text: string; segment: Segment }[];
  /** Who wrote most of it. */
  first: Segment;
  /** Whether the line before has another author. */
  isNew: boolean;
};

/** Segments, which concatenate to the text, as lines. */
export function linesOf(segments: readonly Segment[]): BlameLine[] {
  const [opening] = segments;
  if (!opening) return [];
  const lines: { text: string; segment: Segment }[][] = [[]];
  for (const segment of segments) {
    segment.text.split("\n").forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== "") lines.at(-1)!.push({ text, segment });
    });
  }
  let before: Segment | null = null;
  return lines.map((pieces) => {
    const first = mainAuthor(pieces) ?? before ?? opening;
    const isNew = first.version_id !== before?.version_id;
    before = first;
    return { pieces, first, isNew };
  });
}

function mainAuthor(pieces: readonly { text: string; segment: Segment }[]): Segment | null {
  return pieces.toSorted((a, b) => b.text.length - a.text.length)[0]?.segment ?? null;
}
