import { type Change, diffWords } from "../text/word-diff";
import type { Cause } from "./cause";

/** One version of a block's value. */
export type BlameVersion = { id: string; value: string; cause: Cause };

/** A stretch of a value that one version put there. */
export type BlameSegment = { text: string; versionId: string; cause: Cause };

/**
 * Who wrote what: the newest value of a chain of versions (oldest first) as segments, each with the version that put it
 * there. The segments' texts concatenate to the value exactly; an empty value has none.
 *
 * A version is the author of what it adds. Text that was removed and comes back, as by a revert, belongs to the version
 * that brought it back, since without that version it would not be there; text the revert didn't touch keeps its author.
 */
export function blame(versions: readonly BlameVersion[]): BlameSegment[] {
  const chain = openBlame();
  for (const version of versions) chain.add(version);
  return chain.segments();
}

/**
 * As `blame`, for a chain of which not all is at hand at once: each version is added to those before it. Who has compared
 * its value with the one before (`diffWords`) gives the changes along.
 */
export function openBlame(): {
  add(version: BlameVersion, changes?: readonly Change[]): void;
  segments(): BlameSegment[];
} {
  let spans: Span[] = [];
  let value = "";
  return {
    add(version, changes = diffWords(value, version.value)) {
      spans = carryOver(spans, changes, { id: version.id, cause: version.cause });
      value = version.value;
    },
    segments() {
      let at = 0;
      return spans.map(({ length, version }) => {
        const text = value.slice(at, at + length);
        at += length;
        return { text, versionId: version.id, cause: version.cause };
      });
    },
  };
}

/** Characters of the current value, in UTF-16 units, that came with one version. */
type Span = { length: number; version: Author };
/** A version without its text, which is not kept. */
type Author = Pick<BlameVersion, "id" | "cause">;

function carryOver(spans: readonly Span[], changes: readonly Change[], version: Author): Span[] {
  const next: Span[] = [];
  const append = (length: number, author: Author) => {
    const last = next.at(-1);
    if (last?.version === author) last.length += length;
    else next.push({ length, version: author });
  };
  let [index, used] = [0, 0];
  for (const { type, text } of changes) {
    if (type === "added") {
      append(text.length, version);
      continue;
    }
    let left = text.length;
    while (left > 0) {
      const span = spans[index]!;
      const taken = Math.min(left, span.length - used);
      if (type === "same") append(taken, span.version);
      left -= taken;
      used += taken;
      if (used === span.length) [index, used] = [index + 1, 0];
    }
  }
  return next;
}
