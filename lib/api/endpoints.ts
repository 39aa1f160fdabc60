import { ACCESS_TOKEN_ENDPOINTS } from "./access-tokens";
import { ADMIN_ENDPOINTS } from "./admin";
import { AGENT_LINK_ENDPOINTS } from "./agent-links";
import { AGENT_VERSION_ENDPOINTS } from "./agent-versions";
import { AGENT_ENDPOINTS } from "./agents";
import { ARCHIVE_ENDPOINTS } from "./archives";
import { BLOCK_ENDPOINTS } from "./blocks";
import { CONVERSATION_ENDPOINTS } from "./conversations";
import { HEALTH_ENDPOINTS } from "./health";
import { LEDGER_ENDPOINTS } from "./ledger";
import { MESSAGE_ENDPOINTS } from "./messages";
import { MODEL_ENDPOINTS } from "./models";
import { PASSAGE_ENDPOINTS } from "./passages";
import { PROVIDER_ENDPOINTS } from "./providers";
import { RUN_ENDPOINTS } from "./runs";
import { SEARCH_ENDPOINTS } from "./search";
import { TAG_ENDPOINTS } from "./tags";
import { TOOL_ENDPOINTS } from "./tools";

/** The whole table. Of two paths that fit a request the earlier row has it, so that fixed words come before parameters. */
export const ENDPOINTS = [
  ...SEARCH_ENDPOINTS,
  ...BLOCK_ENDPOINTS,
  ...AGENT_ENDPOINTS,
  ...AGENT_LINK_ENDPOINTS,
  ...AGENT_VERSION_ENDPOINTS,
  ...TOOL_ENDPOINTS,
  ...ARCHIVE_ENDPOINTS,
  ...PASSAGE_ENDPOINTS,
  ...CONVERSATION_ENDPOINTS,
  ...MESSAGE_ENDPOINTS,
  ...RUN_ENDPOINTS,
  ...LEDGER_ENDPOINTS,
  ...MODEL_ENDPOINTS,
  ...PROVIDER_ENDPOINTS,
  ...ACCESS_TOKEN_ENDPOINTS,
  ...ADMIN_ENDPOINTS,
  ...TAG_ENDPOINTS,
  ...HEALTH_ENDPOINTS,
] as const;
