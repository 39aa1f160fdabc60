import type { KNOWLEDGE_ENDPOINTS } from "@/lib/api/knowledge";
import { readKnowledge } from "../ledger/knowledge/knowledge";
import type { Handlers } from "./bind";

export const KNOWLEDGE_HANDLERS: Handlers<typeof KNOWLEDGE_ENDPOINTS> = {
  "agents.knowledge": ({ ctx, params, query }) => readKnowledge(ctx, params.agent_id, query),
};
