import type { AgentFile } from "@/lib/api/agent-file";
import { inThread } from "../threads/threads";
import { checkAgentFile } from "./read-file";

/** An agent file that a client gave: a text is read in a thread. @throws ApiError as `readAgentFile`. */
export async function givenAgentFile(given: unknown): Promise<AgentFile> {
  return typeof given === "string" ? inThread("readAgentFile", given) : checkAgentFile(given);
}
