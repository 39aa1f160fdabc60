import { readFileSync } from "node:fs";
import path from "node:path";

/** A turn of a dialogue; `label` where a question's answer stands in it. */
export type Turn = { at: string; speaker: string; text: string; label: string | null };
export type Kind = "temporal" | "single" | "multi" | "open";
export type Asked = { kind: Kind; question: string; evidence: string[] };
export type Dialogue = { name: string; turns: Turn[]; questions: Asked[] };

const FOLDER = path.join(import.meta.dirname);
const NAMES = ["nora-and-tim", "ravi-and-june"];

/** The dialogues that were written by hand, each among `sessions` made by rule between the same two. */
export function readDialogues(sessions: number, seed: number): Dialogue[] {
  return NAMES.map((name, n) => {
    const text = (file: string) => readFileSync(path.join(FOLDER, `${name}${file}`), "utf8");
    const written = text(".txt")
      .split(/^# /m)
      .slice(1)
      .map((session) => readSession(session));
    const speakers = [...new Set(written.flat().map((turn) => turn.speaker))];
    const made = makeSessions(
      speakers,
      written.map((session) => session[0]!.at),
      sessions,
      seed + n,
    );
    const turns = [...written, ...made].sort((a, b) => (a[0]!.at < b[0]!.at ? -1 : 1)).flat();
    const questions = text(".questions.txt")
      .trim()
      .split("\n")
      .map((line) => line.split("|").map((field) => field.trim()))
      .map(([kind, question, evidence]) => ({
        kind: kind as Kind,
        question: question!,
        evidence: evidence!.split(", "),
      }));
    return { name, turns, questions };
  });
}

function readSession(text: string): Turn[] {
  const [at, ...lines] = text.trim().split("\n");
  return lines.map((line) => {
    const [, speaker, label, said] = /^(\w+)(?:\[(\w+)\])?: (.*)$/.exec(line)!;
    return { at: at!, speaker: speaker!, text: said!, label: label ?? null };
  });
}

const THINGS =
  `a chess evening|a baking contest|a board game night|a cycling tour|a yoga morning|a poetry slam|a street market|
a vegan cooking class|a photography walk|a film marathon|a football match|a wine tasting|a school play|a science fair|
a garage sale|a farmers' market|a ceramics fair|a dance lesson|a language exchange|a bird-watching trip|a ski weekend|
a boat ride|a book club meeting|a knitting circle|a trivia night|a neighbourhood clean-up|a barbecue|a job interview|
a museum tour in another town|a piano recital of a cousin|a dog show|a charity bake sale|an art fair|a house-warming party`
    .split("|")
    .map((thing) => thing.trim());
const PEOPLE =
  "my cousin|my neighbour|an old colleague|my aunt|a friend from school|my dentist|our mailman|my boss".split("|");
const WHENS = "yesterday|last week|last Friday|two days ago|last weekend|this morning|last month|on Sunday".split("|");
const FEELS =
  "so much fun|a bit of a mess|really inspiring|surprisingly calm|exhausting|better than I thought|a proud moment".split(
    "|",
  );
const NEXTS =
  `try it again next month|take the kids along|tell my family|learn more about it|write about it|paint it one day|
buy my own gear|invite you next time|go camping instead|start a small group|read a book on it`
    .split("|")
    .map((next) => next.trim());

type Template = (pick: (list: readonly string[]) => string, other: string) => string[];
const TEMPLATES: Template[] = [
  (pick, other) => {
    const thing = pick(THINGS);
    return [
      `Hey ${other}! I went to ${thing} ${pick(WHENS)} with ${pick(PEOPLE)}.`,
      "Oh nice! How was it?",
      `It was ${pick(FEELS)}. I want to ${pick(NEXTS)}.`,
      "You should! I'd love to hear how it goes.",
    ];
  },
  (pick, other) => [
    `${other}, have you ever been to ${pick(THINGS)}?`,
    `Once, ${pick(WHENS)}. It was ${pick(FEELS)}.`,
    `${pick(PEOPLE).replace(/^./, (c) => c.toUpperCase())} asked me to come, but work kept me busy.`,
    "Work can wait. Take care of yourself!",
  ],
  (pick) => [
    `Look at this picture from ${pick(THINGS)}!`,
    "Wow, that's great! The colours are amazing. Who took it?",
    `${pick(PEOPLE).replace(/^./, (c) => c.toUpperCase())} did, ${pick(WHENS)}. We plan to ${pick(NEXTS)}.`,
    "So cool. It reminds me how important friends and family are.",
  ],
  (pick) => [
    "How are the people around you? Any news?",
    `${pick(PEOPLE).replace(/^./, (c) => c.toUpperCase())} started with ${pick(THINGS)} and it was ${pick(FEELS)}.`,
    "Good for them! I've been thinking about something like that for my own life.",
    `Do it! I decided to ${pick(NEXTS)}, and it helps me to relax.`,
  ],
];

function makeSessions(speakers: readonly string[], dates: readonly string[], sessions: number, seed: number): Turn[][] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!;
  const [first, last] = [Date.parse(dates[0]!), Date.parse(dates.at(-1)!)];
  return Array.from({ length: sessions }, () => {
    const at = new Date(first + random() * (last - first)).toISOString();
    return Array.from({ length: 5 }, () => {
      const turned = random() < 0.5 ? speakers : [...speakers].reverse();
      const lines = TEMPLATES[Math.floor(random() * TEMPLATES.length)]!(pick, turned[1]!);
      return lines.map((text, n): Turn => ({ at, speaker: turned[n % 2]!, text, label: null }));
    }).flat();
  });
}
