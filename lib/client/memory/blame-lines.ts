import type { Blame } from "../api/wire";

type Segment = Blame["segments"][number];

/** A line of a text with who wrote each piece of it. */
export type BlameLine = {
  pieces: { text: string; segment: Segment }[];
  /** All that wrote in it, each version once, in the order in which they come; of an empty line, who wrote before it. */
  writers: Segment[];
  /** Whether the line before has other writers. */
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
  let before: Segment[] = [];
  return lines.map((pieces) => {
    const own = [...new Map(pieces.map(({ segment }) => [segment.version_id, segment])).values()];
    const writers = own.length > 0 ? own : before.length > 0 ? before : [opening];
    const isNew = writers.map((one) => one.version_id).join() !== before.map((one) => one.version_id).join();
    before = writers;
    return { pieces, writers, isNew };
  });
}
