import type { AgentFile } from "@/lib/api/agent-file";
import type { Ctx } from "../core/core";
import { inThread } from "../threads/threads";
import { checkAgentFile } from "./read-file";

/** An agent file that a client gave: a text is read in a thread. @throws ApiError as `readAgentFile`. */
export async function givenAgentFile(ctx: Ctx, given: unknown): Promise<AgentFile> {
  return typeof given === "string" ? inThread(ctx.actor.organizationId, "readAgentFile", given) : checkAgentFile(given);
}
