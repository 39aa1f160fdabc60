import type { CheckSource, WireSourceCheck } from "@/lib/api/tool-runs";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { inThread } from "../threads/threads";

/**
 * What a source would be as a tool, as `schemaOf` has it when the tool is made. An error in the source is the answer,
 * not a failure of the request: an editor asks while one is still typing.
 */
export async function checkSource(ctx: Ctx, { code, ...rest }: CheckSource): Promise<WireSourceCheck> {
  try {
    return {
      schema: {
        ...(await inThread(ctx.actor.organizationId, "schemaOf", { ...rest, source_code: code, json_schema: null })),
      },
      error: null,
    };
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== "bad-request" && error.code !== "invalid")) throw error;
    const { line } = error.extra;
    return {
      schema: null,
      error: { message: withoutFrame(error.message), line: typeof line === "number" ? line : null },
    };
  }
}

/** The sentence without what the contract puts around it; the line is beside it. */
function withoutFrame(message: string): string {
  return message.replace(/^(Schema generation failed|INVALID_ARGUMENT): /, "").replace(/ \(line \d+\)$/, "");
}
