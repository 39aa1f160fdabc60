import { OpenAPIHono } from "@hono/zod-openapi";
import { compress } from "hono/compress";
import type { ACCOUNT_ENDPOINTS } from "@/lib/api/account";
import { ENDPOINTS } from "@/lib/api/endpoints";
import type { MEMBER_ENDPOINTS } from "@/lib/api/members";
import type { SESSION_ENDPOINTS } from "@/lib/api/sessions";
import type { Core } from "../core/core";
import { ACCESS_TOKEN_HANDLERS } from "./access-tokens";
import { accountHandlers } from "./account";
import { ADMIN_HANDLERS } from "./admin";
import { AGENT_FILE_HANDLERS } from "./agent-files";
import { AGENT_HANDLERS, AGENT_LINK_HANDLERS, AGENT_VERSION_HANDLERS } from "./agents";
import { ARCHIVE_HANDLERS, PASSAGE_HANDLERS } from "./archives";
import { AUDIT_HANDLERS } from "./audit";
import { authenticate } from "./auth";
import { bindEndpoints, type Handlers } from "./bind";
import { BLOCK_HANDLERS } from "./blocks";
import { CHAT_HANDLERS } from "./chat-completions";
import { COMPACTION_HANDLERS } from "./compactions";
import { CONVERSATION_HANDLERS } from "./conversations";
import { ERASURE_HANDLERS } from "./erasures";
import { answerError } from "./errors";
import {
  AGENT_FOLDER_HANDLERS,
  AGENT_SOURCE_HANDLERS,
  EMBEDDING_HANDLERS,
  FOLDER_HANDLERS,
  SOURCE_HANDLERS,
} from "./folders";
import { createGate, type Gate } from "./gate";
import { GROUP_HANDLERS } from "./groups";
import { guardDoor } from "./guard";
import { HEALTH_HANDLERS, TAG_HANDLERS } from "./health";
import { IDENTITY_HANDLERS } from "./identities";
import { AGENT_SEARCH_HANDLERS, INTERNAL_HANDLERS } from "./internal";
import { JOB_HANDLERS } from "./jobs";
import { KEY_HANDLERS } from "./keys";
import { KNOWLEDGE_HANDLERS, LEDGER_HANDLERS, RECORDED_SEARCH_HANDLERS } from "./ledger";
import { LIMIT_HANDLERS } from "./limits";
import { MCP_HANDLERS } from "./mcp";
import { memberHandlers } from "./members";
import { MEMORY_HEALTH_HANDLERS } from "./memory-health";
import { MEMORY_PROPOSAL_HANDLERS } from "./memory-proposals";
import { MESSAGE_HANDLERS } from "./messages";
import { measureRequests, serveMetrics } from "./metrics";
import { MEMORY_FILE_HANDLERS, MODEL_REQUEST_HANDLERS } from "./model-requests";
import { MODEL_HANDLERS } from "./models";
import { PROVIDER_HANDLERS } from "./providers";
import { serveReference } from "./reference";
import { logRequests } from "./request-log";
import { INTERNAL_RUN_HANDLERS, RUN_HANDLERS, RUN_SUMMARY_HANDLERS, RUN_VIEW_HANDLERS } from "./runs";
import { SCHEDULE_HANDLERS } from "./schedules";
import { SEARCH_HANDLERS } from "./search";
import { secureHeaders } from "./secure-headers";
import { sessionHandlers } from "./sessions";
import { signInHandlers } from "./sign-in";
import { SUITE_HANDLERS } from "./suites";
import { AGENT_TEMPLATE_HANDLERS, INTERNAL_TEMPLATE_HANDLERS, TEMPLATE_HANDLERS } from "./templates";
import { TOOL_HANDLERS, TOOL_RUN_HANDLERS } from "./tools";
import { bindUnavailable } from "./unavailable";
import { USAGE_HANDLERS } from "./usage";
import { WORKSPACE_HANDLERS } from "./workspaces";

/** What needs the gate itself. */
type GateId = (typeof SESSION_ENDPOINTS | typeof ACCOUNT_ENDPOINTS | typeof MEMBER_ENDPOINTS)[number]["id"];

const HANDLERS: Omit<Handlers<typeof ENDPOINTS>, GateId> = {
  ...ACCESS_TOKEN_HANDLERS,
  ...ADMIN_HANDLERS,
  ...KEY_HANDLERS,
  ...AUDIT_HANDLERS,
  ...LIMIT_HANDLERS,
  ...AGENT_SEARCH_HANDLERS,
  ...INTERNAL_HANDLERS,
  ...IDENTITY_HANDLERS,
  ...GROUP_HANDLERS,
  ...AGENT_FILE_HANDLERS,
  ...AGENT_HANDLERS,
  ...AGENT_LINK_HANDLERS,
  ...AGENT_VERSION_HANDLERS,
  ...ARCHIVE_HANDLERS,
  ...PASSAGE_HANDLERS,
  ...BLOCK_HANDLERS,
  ...ERASURE_HANDLERS,
  ...MEMORY_PROPOSAL_HANDLERS,
  ...COMPACTION_HANDLERS,
  ...MEMORY_HEALTH_HANDLERS,
  ...CONVERSATION_HANDLERS,
  ...HEALTH_HANDLERS,
  ...TAG_HANDLERS,
  ...MESSAGE_HANDLERS,
  ...CHAT_HANDLERS,
  ...MODEL_REQUEST_HANDLERS,
  ...MEMORY_FILE_HANDLERS,
  ...MODEL_HANDLERS,
  ...RUN_HANDLERS,
  ...RUN_SUMMARY_HANDLERS,
  ...RUN_VIEW_HANDLERS,
  ...INTERNAL_RUN_HANDLERS,
  ...SEARCH_HANDLERS,
  ...JOB_HANDLERS,
  ...SCHEDULE_HANDLERS,
  ...SUITE_HANDLERS,
  ...MCP_HANDLERS,
  ...TOOL_HANDLERS,
  ...TOOL_RUN_HANDLERS,
  ...LEDGER_HANDLERS,
  ...KNOWLEDGE_HANDLERS,
  ...RECORDED_SEARCH_HANDLERS,
  ...PROVIDER_HANDLERS,
  ...FOLDER_HANDLERS,
  ...SOURCE_HANDLERS,
  ...AGENT_FOLDER_HANDLERS,
  ...WORKSPACE_HANDLERS,
  ...AGENT_SOURCE_HANDLERS,
  ...EMBEDDING_HANDLERS,
  ...TEMPLATE_HANDLERS,
  ...AGENT_TEMPLATE_HANDLERS,
  ...INTERNAL_TEMPLATE_HANDLERS,
  ...USAGE_HANDLERS,
};

/** The REST API as one fetch handler: every path with and without its trailing slash, under `/v1` and `/latest`. */
export function createApp(core: Core, gate: Gate = createGate(core)): OpenAPIHono {
  const app = new OpenAPIHono({ strict: false });
  app.onError((error, c) => answerError(error, c));
  app.notFound((c) => c.json({ detail: `Not Found: ${c.req.method} ${c.req.path}` }, 404));
  app.use(logRequests());
  app.use(measureRequests());
  // Streams of events are no JSON: nothing holds them back.
  app.use(compress({ encoding: "gzip", contentTypeFilter: /^application\/json\b/ }));
  app.use(secureHeaders());
  app.use(guardDoor(core));
  app.use(authenticate(gate));
  bindEndpoints(app, core, ENDPOINTS, {
    ...HANDLERS,
    ...sessionHandlers(core, gate),
    ...signInHandlers(core, gate),
    ...accountHandlers(core, gate),
    ...memberHandlers(core, gate),
  });
  bindUnavailable(app);
  serveReference(app);
  serveMetrics(app, core);
  return app;
}
