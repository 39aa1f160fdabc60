import { changesBetween, type Edit } from "../text/edits";
import { sharedEnds } from "../text/shared-ends";
import type { Change } from "../text/word-diff";
import type { Cause } from "./cause";

/** One version of a block's value. */
export type BlameVersion = {
  id: string;
  value: string;
  cause: Cause;
  /** What it replaced in the value before, where its tool knew. */
  edits?: readonly Edit[] | null;
};

/** What brought a text to where it stands, or back, without having written it. */
export type Carried = { how: "moved" | "restored"; versionId: string };

/** A stretch of a value that one version put there. */
export type BlameSegment = { text: string; versionId: string; cause: Cause; carried: Carried | null };

/**
 * Who wrote what: the newest value of a chain of versions (oldest first) as segments, each with the version that put it
 * there. The segments' texts concatenate to the value exactly; an empty value has none.
 *
 * A version is the author of what it adds: exactly, where it has edits, otherwise as a comparison by lines, words and, in a
 * word that grew or shrank, characters finds. A line that a version takes from one place to another keeps its author, and
 * so does what a revert or an undo brings back (see `openBlame`); other text that comes back was written anew.
 */
export function blame(versions: readonly BlameVersion[]): BlameSegment[] {
  const chain = openBlame();
  for (const version of versions) chain.add(version);
  return chain.segments();
}

/** A value with who wrote it, as it once was. */
export type Moment = { value: string; spans: readonly Span[] };

export type BlameChain = {
  /**
   * Adds a version to those before it. Who has compared its value with the one before (`changesBetween`) gives the changes
   * along, and for one that brings a former value back, or a part of it, that moment, with what differs from there to here.
   */
  add(version: BlameVersion, changes?: readonly Change[], from?: { moment: Moment; changes: readonly Change[] }): void;
  /** The value as it is now. */
  moment(): Moment;
  segments(): BlameSegment[];
};

/** As `blame`, for a chain of which not all is at hand at once. */
export function openBlame(): BlameChain {
  let spans: Span[] = [];
  let value = "";
  return {
    add(version, changes = changesBetween(value, version.value, version.edits ?? null), from) {
      const author: Author = { id: version.id, cause: version.cause };
      const former = from && reader(keep(from.moment.spans, from.changes));
      spans = carryOver(spans, { before: value, after: version.value, changes: refined(changes), author }, former);
      value = version.value;
    },
    moment: () => ({ value, spans }),
    segments() {
      let at = 0;
      return spans.map(({ length, version, carried }) => {
        const text = value.slice(at, at + length);
        at += length;
        return { text, versionId: version.id, cause: version.cause, carried };
      });
    },
  };
}

/** Characters of a value, in UTF-16 units, that came with one version. */
type Span = { length: number; version: Author; carried: Carried | null };
/** A version without its text, which is not kept. */
type Author = Pick<BlameVersion, "id" | "cause">;

/** A word that grew or shrank at one place, as Oslo to Oslofjord, kept what it was of. */
function refined(changes: readonly Change[]): Change[] {
  return changes.flatMap((change, index) => {
    const next = changes[index + 1];
    const before = changes[index - 1];
    if (change.type === "removed" && next?.type === "added") return grown(change.text, next.text) ?? [change];
    if (change.type === "added" && before?.type === "removed" && grown(before.text, change.text)) return [];
    return [change];
  });
}

/** A word shorter than this begins or ends like another by chance. */
const GROWN_CHARS = 3;

function grown(before: string, after: string): Change[] | null {
  const shorter = Math.min(before.length, after.length);
  const [start, end] = sharedEnds(before, after);
  if (shorter < GROWN_CHARS || start + end !== shorter) return null;
  const changes: Change[] = [
    { type: "same", text: before.slice(0, start) },
    { type: "removed", text: before.slice(start, before.length - end) },
    { type: "added", text: after.slice(start, after.length - end) },
    { type: "same", text: before.slice(before.length - end) },
  ];
  // Not within a character of two units.
  return changes.every(({ text }) => text.isWellFormed()) ? changes.filter(({ text }) => text !== "") : null;
}

/** Reads spans from left to right. */
function reader(spans: readonly Span[]): { take(length: number): Span[] } {
  let [index, used] = [0, 0];
  return {
    take(length) {
      const taken: Span[] = [];
      for (let left = length; left > 0; ) {
        const span = spans[index]!;
        const units = Math.min(left, span.length - used);
        taken.push({ ...span, length: units });
        left -= units;
        used += units;
        if (used === span.length) [index, used] = [index + 1, 0];
      }
      return taken;
    },
  };
}

const NOBODY: Author = { id: "", cause: { kind: "api", actor: "" } };

/** Whose of a former value each character of a later one is; what is not of it is nobody's. */
function keep(spans: readonly Span[], changes: readonly Change[]): Span[] {
  const former = reader(spans);
  return refined(changes).flatMap(({ type, text }) => {
    if (type === "added") return [{ length: text.length, version: NOBODY, carried: null }];
    const taken = former.take(text.length);
    return type === "same" ? taken : [];
  });
}

type Step = { before: string; after: string; changes: readonly Change[]; author: Author };

function carryOver(spans: readonly Span[], step: Step, former: ReturnType<typeof reader> | undefined): Span[] {
  const { changes, author } = step;
  const next: Span[] = [];
  const append = (span: Span) => {
    const last = next.at(-1);
    const isSame = last?.version === span.version && sameCarried(last.carried, span.carried);
    if (isSame) last!.length += span.length;
    else next.push({ ...span });
  };
  const moved = former ? null : movedLines(spans, step);
  const old = reader(spans);
  let at = 0;
  for (const { type, text } of changes) {
    if (type === "removed") old.take(text.length);
    else if (type === "same") {
      for (const span of old.take(text.length)) append(span);
      former?.take(text.length);
    } else if (former) {
      for (const span of former.take(text.length)) {
        const isNew = span.version === NOBODY;
        append(isNew ? { ...span, version: author } : { ...span, carried: { how: "restored", versionId: author.id } });
      }
    } else {
      for (const line of linesIn(step.after, at, text)) {
        const taken = line.isWhole ? (moved!.get(line.content)?.shift() ?? []) : [];
        for (const span of taken) append({ ...span, carried: { how: "moved", versionId: author.id } });
        const left = line.length - taken.reduce((sum, { length }) => sum + length, 0);
        if (left > 0) append({ length: left, version: author, carried: null });
      }
    }
    if (type !== "removed") at += text.length;
  }
  return next;
}

const sameCarried = (a: Carried | null, b: Carried | null) => a?.how === b?.how && a?.versionId === b?.versionId;

/** A line shorter than this comes again by chance. */
const MOVED_CHARS = 6;

/** Whole lines that were taken away in one place and put back in another, each with who wrote it. */
function movedLines(spans: readonly Span[], { before, after, changes }: Step): Map<string, Span[][]> {
  const added = new Set<string>();
  let to = 0;
  for (const { type, text } of changes) {
    if (type === "added") {
      for (const { content, isWhole } of linesIn(after, to, text)) if (isWhole) added.add(content);
    }
    if (type !== "removed") to += text.length;
  }
  const moved = new Map<string, Span[][]>();
  const old = reader(spans);
  let from = 0;
  for (const { type, text } of changes) {
    if (type === "added") continue;
    if (type === "same") old.take(text.length);
    else {
      for (const { content, length, isWhole } of linesIn(before, from, text)) {
        const written = old.take(content.length);
        old.take(length - content.length);
        if (!isWhole || !added.has(content) || content.trim().length < MOVED_CHARS) continue;
        moved.set(content, [...(moved.get(content) ?? []), written]);
      }
    }
    from += text.length;
  }
  return moved;
}

/** The lines of a part of a text that begins at `at`, their breaks not in `content`; whole, where all of the line is there. */
function linesIn(text: string, at: number, part: string): { content: string; length: number; isWhole: boolean }[] {
  let start = at;
  return (part.match(/[^\n]*\n|[^\n]+/g) ?? []).map((line) => {
    const end = start + line.length;
    const isClosed = line.endsWith("\n") || end === text.length || text[end] === "\n";
    const isWhole = isClosed && (start === 0 || text[start - 1] === "\n");
    start = end;
    return { content: line.replace(/\n$/, ""), length: line.length, isWhole };
  });
}
