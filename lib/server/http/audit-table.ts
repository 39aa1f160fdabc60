import type { Endpoint } from "@/lib/api/endpoint";
import type { ENDPOINTS } from "@/lib/api/endpoints";

type EndpointId = (typeof ENDPOINTS)[number]["id"];

/**
 * What is asked with a body, or talked to an agent, and changes nothing that an audit is for: a run is kept in the ledger,
 * with its cause. Every other endpoint that is no GET is in the audit, whether anybody thought of it or not.
 */
const NOT_AUDITED: ReadonlySet<string> = new Set<EndpointId>([
  "agents.search",
  "agents.messages.search",
  "messages.search",
  "passages.search",
  "tools.search",
  "conversations.messages.stream",
  "runs.messages.stream",
  "runs.replay",
  "agents.messages.preview",
  "conversations.messages.preview",
  "suites.check",
  "tools.generateSchema",
  "tools.checkSource",
  "invitations.lookup",
  "signIn.begin",
  "chat.completions.create",
  "voice.chat.completions.create",
  "agents.messages.create",
  "agents.messages.stream",
  "agents.messages.createAsync",
  "agents.messages.cancel",
  "conversations.messages.create",
  "conversations.cancel",
  "agents.generate",
  "groups.messages.create",
  "groups.messages.stream",
  "runs.toolCalls.cancel",
]);

/** Reads that give out what is secret, or all that there is of something; and one by which somebody comes in. */
const AUDITED_READS: ReadonlySet<string> = new Set<EndpointId>([
  "signIn.callback",
  "agents.exportFile",
  "accessTokens.list",
  "callbacks.secret",
  "audit.export",
]);

/**
 * What changes nothing that its agent, archive, folder or server is shown with: passages, messages, files and calls have
 * records of their own. Looking at the whole before and after would tell nothing, and cost more than the act.
 */
const NOT_COMPARED: ReadonlySet<string> = new Set<EndpointId>([
  "agents.passages.create",
  "agents.passages.delete",
  "archives.passages.create",
  "archives.passages.createMany",
  "archives.passages.delete",
  "folders.files.upload",
  "folders.files.delete",
  "agents.files.open",
  "agents.files.close",
  "agents.files.closeAll",
  "agents.messages.update",
  "agents.messages.reset",
  "agents.messages.compact",
  "conversations.messages.compact",
  "conversations.compaction.preview",
  "groups.messages.update",
  "groups.messages.reset",
  "steps.feedback.create",
  "steps.fork",
  "conversations.fork",
  "runs.replayChanged",
  "agents.tools.run",
  "mcpServers.tools.run",
  "agents.exportFileWithSkills",
  "agents.recompile",
  "conversations.recompile",
  "agents.systemPrompt.recompile",
  "agents.schedule.create",
  "suites.runs.create",
]);

/** Whether the audit says what an act changed in the thing that its path names. */
export const isCompared = ({ id }: Pick<Endpoint, "id">) => !NOT_COMPARED.has(id);

/** Whether the audit has it that somebody did this, or tried to. */
export const isAudited = ({ id, method }: Pick<Endpoint, "id" | "method">) =>
  method === "get" ? AUDITED_READS.has(id) : !NOT_AUDITED.has(id);
