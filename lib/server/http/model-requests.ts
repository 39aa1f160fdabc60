import type { MEMORY_FILE_ENDPOINTS } from "@/lib/api/memory-files";
import type { MODEL_REQUEST_ENDPOINTS } from "@/lib/api/model-requests";
import { getAgentRow } from "../agent-config/agent-row";
import { listMemoryFiles, memoryFileHistory, readMemoryFile } from "../blocks/memory-files";
import { resolveConversation } from "../conversations/conversations";
import { ApiError } from "../core/errors";
import { previewPayload } from "../ledger/preview-payload";
import { generate } from "../run/generate";
import type { Handlers } from "./bind";
import { recompile } from "./ledger";

export const MODEL_REQUEST_HANDLERS: Handlers<typeof MODEL_REQUEST_ENDPOINTS> = {
  "agents.generate": ({ ctx, params, body, request }) => generate(ctx, params.agent_id, body, request.signal),
  "agents.messages.preview": ({ ctx, params, body }) => previewPayload(ctx, { agentId: params.agent_id }, body),
  "conversations.messages.preview": async ({ ctx, params, body }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, body.agent_id);
    return previewPayload(ctx, { conversationId: conversation.id }, body);
  },
  "agents.messages.update": () => {
    throw new ApiError("method-not-allowed", "Messages are immutable: they can't be changed once they are sent");
  },
  "agents.systemPrompt.recompile": async ({ ctx, params, query }) =>
    recompile(ctx, (await getAgentRow(ctx, params.agent_id)).defaultConversationId, query.dry_run),
};

export const MEMORY_FILE_HANDLERS: Handlers<typeof MEMORY_FILE_ENDPOINTS> = {
  "agents.memoryFiles.content": ({ ctx, params, query }) => readMemoryFile(ctx, params.agent_id, query),
  "agents.memoryFiles.directory": ({ ctx, params, query }) => listMemoryFiles(ctx, params.agent_id, query),
  "agents.memoryFiles.history": ({ ctx, params, query }) => memoryFileHistory(ctx, params.agent_id, query),
};
