/** A seeded generator (mulberry32), so that a failure can be repeated. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  ..."the|a|Maria|tea|likes|-|, |. | |  |\t|\n|\r\n|\r|\n\n|👍|👍🏽|👩‍👩‍👧|🇵🇹|é|e\u0301|我喜欢茶|สวัสดี|\ud800|\0|1→ |</value>|x".split(
    "|",
  ),
];

/** A text of up to so many pieces, of all that texts are made of. */
export function anyText(below: (n: number) => number, pieces: number): string {
  return Array.from({ length: below(pieces + 1) }, () => PIECES[below(PIECES.length)]).join("");
}

/** Cuts anywhere, inside of words, line ends and surrogate pairs too. */
export function edited(value: string, below: (n: number) => number): string {
  if (below(12) === 0) return anyText(below, 40);
  const start = below(value.length + 1);
  const end = Math.min(value.length, start + below(20));
  return value.slice(0, start) + (below(3) === 0 ? "" : anyText(below, 6)) + value.slice(end);
}
