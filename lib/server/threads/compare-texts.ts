import { type Change, diffWords } from "@/lib/text/word-diff";
import { inThread } from "./threads";

/** What is compared here: in UTF-16 units of both texts together, a few milliseconds' work. */
const SHORT = 100_000;

/** As `diffWords`; long texts are compared in a thread, which leaves the event loop to others. */
export async function compareTexts(before: string, after: string): Promise<Change[]> {
  if (before.length + after.length <= SHORT) return diffWords(before, after);
  return inThread("diffWords", { before, after });
}

declare module "./threads" {
  interface Tasks {
    diffWords: { input: { before: string; after: string }; value: Change[] };
  }
}
