import type { KNOWLEDGE_ENDPOINTS } from "@/lib/api/knowledge";
import type { RECORDED_SEARCH_ENDPOINTS } from "@/lib/api/recorded-searches";
import { readKnowledge } from "../ledger/knowledge/knowledge";
import { listRecordedSearches } from "../ledger/recorded-searches";
import type { Handlers } from "./bind";

export const KNOWLEDGE_HANDLERS: Handlers<typeof KNOWLEDGE_ENDPOINTS> = {
  "agents.knowledge": ({ ctx, params, query }) => readKnowledge(ctx, params.agent_id, query),
};

export const RECORDED_SEARCH_HANDLERS: Handlers<typeof RECORDED_SEARCH_ENDPOINTS> = {
  "steps.searches.list": ({ ctx, params }) => listRecordedSearches(ctx, params.step_id),
};
