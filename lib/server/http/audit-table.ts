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

/** Whether the audit has it that somebody did this, or tried to. */
export const isAudited = ({ id, method }: Pick<Endpoint, "id" | "method">) =>
  method === "get" ? AUDITED_READS.has(id) : !NOT_AUDITED.has(id);
