import type { SEARCH_ENDPOINTS } from "@/lib/api/search";
import { retrieveIndexProgress } from "../archives/index-progress";
import { searchAgentPassages, searchAllPassages } from "../archives/search-passages";
import type { Handlers } from "./bind";

export const SEARCH_HANDLERS: Handlers<typeof SEARCH_ENDPOINTS> = {
  "agents.passages.search": ({ ctx, params, query }) => searchAgentPassages(ctx, params.agent_id, query),
  "agents.index.retrieve": ({ ctx, params }) => retrieveIndexProgress(ctx, params.agent_id),
  "passages.search": ({ ctx, body }) => searchAllPassages(ctx, body),
};
