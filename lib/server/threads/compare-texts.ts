import { changesBetween, type Edit } from "@/lib/text/edits";
import type { Change } from "@/lib/text/word-diff";
import type { Ctx } from "../core/core";
import { inThread } from "./threads";

/** What is compared here: in UTF-16 units of both texts together, a few milliseconds' work. */
const SHORT = 100_000;

/** As `changesBetween`; long texts are compared in a thread, which leaves the event loop to others. */
export async function compareTexts(
  ctx: Ctx,
  before: string,
  after: string,
  edits: readonly Edit[] | null = null,
): Promise<Change[]> {
  if (before.length + after.length <= SHORT) return changesBetween(before, after, edits);
  return inThread(ctx.actor.organizationId, "changesBetween", { before, after, edits });
}

declare module "./threads" {
  interface Tasks {
    changesBetween: { input: { before: string; after: string; edits: readonly Edit[] | null }; value: Change[] };
  }
}
