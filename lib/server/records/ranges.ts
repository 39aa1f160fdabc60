/** Which messages are in context: ranges of `message.seq`, in order; null is "and all that follow". */
export type Ranges = [from: number, to: number | null][];

/** The ranges with their open end closed: what they hold now. */
export function closed(ranges: Ranges, nextSeq: number): Ranges {
  return ranges.map(([from, to]): [number, number] => [from, to ?? nextSeq - 1]).filter(([from, to]) => from <= to);
}

/** The ranges without some of their messages. `seqs` are in any order. */
export function without(ranges: Ranges, seqs: readonly number[]): Ranges {
  let left: Ranges = ranges;
  for (const seq of seqs) {
    left = left.flatMap(([from, to]): Ranges => {
      if (seq < from || (to !== null && seq > to)) return [[from, to]];
      const before: Ranges = seq > from ? [[from, seq - 1]] : [];
      const after: Ranges = to === null || seq < to ? [[seq + 1, to]] : [];
      return [...before, ...after];
    });
  }
  return left;
}

/** A list of message places as ranges, in its order. */
export function rangesOf(seqs: readonly number[], openFrom: number): Ranges {
  const ranges: Ranges = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return [...ranges, [openFrom, null]];
}
