import { ACCESS_TOKEN_ENDPOINTS } from "./access-tokens";
import { ACCOUNT_ENDPOINTS } from "./account";
import { ADMIN_ENDPOINTS } from "./admin";
import { AGENT_FILE_ENDPOINTS } from "./agent-files";
import { AGENT_FOLDER_ENDPOINTS, AGENT_SOURCE_ENDPOINTS } from "./agent-folders";
import { AGENT_LINK_ENDPOINTS } from "./agent-links";
import { AGENT_SEARCH_ENDPOINTS } from "./agent-search";
import { AGENT_VERSION_ENDPOINTS } from "./agent-versions";
import { AGENT_ENDPOINTS } from "./agents";
import { ARCHIVE_ENDPOINTS } from "./archives";
import { AUDIT_ENDPOINTS } from "./audit";
import { BLOCK_ENDPOINTS } from "./blocks";
import { CHAT_ENDPOINTS } from "./chat-completions";
import { COMPACTION_ENDPOINTS } from "./compactions";
import { CONVERSATION_ENDPOINTS } from "./conversations";
import { EMBEDDING_ENDPOINTS } from "./embeddings";
import { ERASURE_ENDPOINTS } from "./erasures";
import { FOLDER_ENDPOINTS, SOURCE_ENDPOINTS } from "./folders";
import { GROUP_ENDPOINTS } from "./groups";
import { HEALTH_ENDPOINTS } from "./health";
import { IDENTITY_ENDPOINTS } from "./identities";
import { INTERNAL_ENDPOINTS } from "./internal";
import { INTERNAL_RUN_ENDPOINTS } from "./internal-runs";
import { INTERNAL_TEMPLATE_ENDPOINTS } from "./internal-templates";
import { JOB_ENDPOINTS } from "./jobs";
import { KEY_ENDPOINTS } from "./keys";
import { KNOWLEDGE_ENDPOINTS } from "./knowledge";
import { LEDGER_ENDPOINTS } from "./ledger";
import { LIMIT_ENDPOINTS } from "./limits-of-use";
import { MCP_ENDPOINTS } from "./mcp";
import { MEMBER_ENDPOINTS } from "./members";
import { MEMORY_FILE_ENDPOINTS } from "./memory-files";
import { MEMORY_HEALTH_ENDPOINTS } from "./memory-health";
import { MEMORY_PROPOSAL_ENDPOINTS } from "./memory-proposals";
import { MESSAGE_ENDPOINTS } from "./messages";
import { MODEL_REQUEST_ENDPOINTS } from "./model-requests";
import { MODEL_ENDPOINTS } from "./models";
import { PASSAGE_ENDPOINTS } from "./passages";
import { PROVIDER_ENDPOINTS } from "./providers";
import { RECORDED_SEARCH_ENDPOINTS } from "./recorded-searches";
import { RUN_SUMMARY_ENDPOINTS } from "./run-summaries";
import { RUN_VIEW_ENDPOINTS } from "./run-views";
import { RUN_ENDPOINTS } from "./runs";
import { SCHEDULE_ENDPOINTS } from "./schedules";
import { SEARCH_ENDPOINTS } from "./search";
import { SESSION_ENDPOINTS } from "./sessions";
import { SUITE_ENDPOINTS } from "./suites";
import { TAG_ENDPOINTS } from "./tags";
import { AGENT_TEMPLATE_ENDPOINTS, TEMPLATE_ENDPOINTS } from "./templates";
import { TOOL_RUN_ENDPOINTS } from "./tool-runs";
import { TOOL_ENDPOINTS } from "./tools";
import { USAGE_ENDPOINTS } from "./usage";
import { WORKSPACE_ENDPOINTS } from "./workspaces";

/** The whole table. Of two paths that fit a request the earlier row has it, so that fixed words come before parameters. */
export const ENDPOINTS = [
  ...SEARCH_ENDPOINTS,
  ...JOB_ENDPOINTS,
  ...SCHEDULE_ENDPOINTS,
  ...SUITE_ENDPOINTS,
  ...AGENT_SEARCH_ENDPOINTS,
  ...BLOCK_ENDPOINTS,
  ...MEMORY_PROPOSAL_ENDPOINTS,
  ...MEMORY_HEALTH_ENDPOINTS,
  ...COMPACTION_ENDPOINTS,
  ...ERASURE_ENDPOINTS,
  ...AGENT_FILE_ENDPOINTS,
  ...AGENT_ENDPOINTS,
  ...AGENT_LINK_ENDPOINTS,
  ...AGENT_VERSION_ENDPOINTS,
  ...MCP_ENDPOINTS,
  ...TOOL_RUN_ENDPOINTS,
  ...TOOL_ENDPOINTS,
  ...ARCHIVE_ENDPOINTS,
  ...PASSAGE_ENDPOINTS,
  ...CONVERSATION_ENDPOINTS,
  ...MESSAGE_ENDPOINTS,
  ...CHAT_ENDPOINTS,
  ...MODEL_REQUEST_ENDPOINTS,
  ...MEMORY_FILE_ENDPOINTS,
  ...RUN_SUMMARY_ENDPOINTS,
  ...RUN_VIEW_ENDPOINTS,
  ...RUN_ENDPOINTS,
  ...INTERNAL_RUN_ENDPOINTS,
  ...LEDGER_ENDPOINTS,
  ...KNOWLEDGE_ENDPOINTS,
  ...RECORDED_SEARCH_ENDPOINTS,
  ...MODEL_ENDPOINTS,
  ...PROVIDER_ENDPOINTS,
  ...INTERNAL_ENDPOINTS,
  ...IDENTITY_ENDPOINTS,
  ...GROUP_ENDPOINTS,
  ...ACCESS_TOKEN_ENDPOINTS,
  ...SESSION_ENDPOINTS,
  ...ACCOUNT_ENDPOINTS,
  ...MEMBER_ENDPOINTS,
  ...KEY_ENDPOINTS,
  ...AUDIT_ENDPOINTS,
  ...LIMIT_ENDPOINTS,
  ...ADMIN_ENDPOINTS,
  ...FOLDER_ENDPOINTS,
  ...SOURCE_ENDPOINTS,
  ...AGENT_FOLDER_ENDPOINTS,
  ...WORKSPACE_ENDPOINTS,
  ...AGENT_SOURCE_ENDPOINTS,
  ...EMBEDDING_ENDPOINTS,
  ...TAG_ENDPOINTS,
  ...HEALTH_ENDPOINTS,
  ...TEMPLATE_ENDPOINTS,
  ...AGENT_TEMPLATE_ENDPOINTS,
  ...INTERNAL_TEMPLATE_ENDPOINTS,
  ...USAGE_ENDPOINTS,
] as const;
