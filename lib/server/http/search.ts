import type { SEARCH_ENDPOINTS } from "@/lib/api/search";
import { searchAgentPassages, searchAllPassages } from "../archives/search-passages";
import type { Handlers } from "./bind";

export const SEARCH_HANDLERS: Handlers<typeof SEARCH_ENDPOINTS> = {
  "agents.passages.search": ({ ctx, params, query }) => searchAgentPassages(ctx, params.agent_id, query),
  "passages.search": ({ ctx, body }) => searchAllPassages(ctx, body),
};
