import { ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { ApiError } from "../../core/errors";
import { inThread, type Tasks, THREAD_LIMITS } from "../../threads/threads";

/** Work of a tool, in a thread. @throws ToolFailure where it takes too much, or too many wait. */
export async function inTool<Name extends "git" | "outline" | "searchTexts" | "table">(
  ctx: Ctx,
  name: Name,
  input: Tasks[Name]["input"],
): Promise<Tasks[Name]["value"]> {
  try {
    return await inThread(ctx.actor.organizationId, name, input);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why =
      error.code === "unavailable"
        ? "Too much is being worked on. Try again in a moment."
        : `It takes more than ${(name === "searchTexts" ? THREAD_LIMITS.searchMs : THREAD_LIMITS.toolMs) / 1000} seconds or ${THREAD_LIMITS.heapMb} MB. Make it smaller or simpler.`;
    throw new ToolFailure(why);
  }
}
