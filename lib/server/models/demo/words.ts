/** The longest text that is read by patterns, in characters: what is longer is read so far. */
export const READ_CHARS = 4000;

const STOPWORDS = new Set(
  (
    "a an the and or but if of to in on at for with by as is am are was were be been being do does did have has had i me my mine " +
    "we us our you your yours it its he she they them their this that these those what whats who whom whose which when where why how " +
    "can could will would shall should may might must not no yes please tell remind show say said told know remember recall remembered " +
    "think about any anything something everything all again ever still now then there here so just also really very much many " +
    "called named again there's what's i'm i've i'd don't doesn't didn't isn't aren't wasn't again forget delete remove erase memory " +
    "memories fact thing things part line bit stuff note notes block blocks entry whatever anymore longer actually mention mentioned list find look search"
  ).split(" "),
);

/** The words of a text that say what it is about, as stems. */
export function keywords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu) ?? [];
  return [...new Set(words.filter((word) => !STOPWORDS.has(word)).map(stem))];
}

export function stem(word: string): string {
  return word
    .replace(/'s?$/, "")
    .replace(/'s$/, "")
    .replace(/our/g, "or")
    .replace(/(?<=..)(?:ies|ied|y)$/, "i")
    .replace(/(?<=...)(?:ing|ed|es|s|e)$/, "");
}

const LONG_STEM = 4;

/** Whether two stems are of one word: `allergic` and `allergies`, `work` and `worker`. */
export function isAlike(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length < LONG_STEM) return false;
  let same = 0;
  while (same < short.length && short[same] === long[same]) same++;
  return same >= Math.max(LONG_STEM, short.length - 2) && long.length - same <= LONG_STEM;
}

/** What a line is about beyond its words. */
const TOPICS: [line: RegExp, words: string][] = [
  [/^name:|is called/i, "who called name"],
  [
    /^(?:is an? |works?\b|job:|occupation:|profession:|employed)/i,
    "job work profession occupation career living employer",
  ],
  [
    /^(?:lives?\b|home:|city:|address:|based\b|is from|comes? from|moved)/i,
    "home city town country address live reside located from",
  ],
  [
    /allerg|intoleran|(?:can't|cannot|doesn't|don't|never) eats?|vegan|vegetarian|diet|gluten|lactose/i,
    "avoid eat food diet snack allergy cook dish meal menu",
  ],
  [
    /^(?:likes?|loves?|enjoys?|prefers?|favou?rite|hobb|plays?|collects?)\b/i,
    "like love enjoy prefer hobby interest favorite fun taste",
  ],
  [/^(?:hates?|dislikes?|doesn't (?:like|enjoy))\b/i, "like dislike hate"],
  [
    /\b(?:dogs?|cats?|birds?|fish|hamsters?|rabbits?|parrots?|horses?|tortoises?|turtles?|snakes?|pony)\b/i,
    "pet animal",
  ],
  [/years old|\bage\b|birthday|born/i, "old age birthday born birth"],
  [/\b(?:wife|husband|partner|spouse|married|fianc)/i, "married spouse partner wife husband"],
  [
    /\b(?:daughters?|sons?|kids?|child(?:ren)?|brothers?|sisters?|mother|father|mom|dad|parents?)\b/i,
    "family child children kid relative",
  ],
  [/^speaks?\b|native language/i, "language speak tongue"],
  [/^drives?\b|\bcar\b/i, "car vehicle drive"],
];

/** The stems by which a line is found. */
export function stemsOf(line: string): string[] {
  const more = TOPICS.flatMap(([pattern, words]) => (pattern.test(line) ? words.split(" ").map(stem) : []));
  return [...keywords(line), ...more];
}

/** How many of the stems a line is about. */
export function score(stems: readonly string[], line: string): number {
  const own = stemsOf(line);
  return stems.filter((one) => own.some((other) => isAlike(one, other))).length;
}

export const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const clip = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);
export const includes = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());
