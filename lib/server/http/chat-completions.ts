import type { CHAT_ENDPOINTS } from "@/lib/api/chat-completions";
import { getAgentRow } from "../agent-config/agent-row";
import { agentByModel, completeChat } from "../openai/chat-completions";
import type { Handlers } from "./bind";
import { eventResponse } from "./stream";

export const CHAT_HANDLERS: Handlers<typeof CHAT_ENDPOINTS> = {
  "chat.completions.create": async ({ ctx, body, request: { headers, signal } }) =>
    answered(
      await completeChat(ctx, { body, model: body.model, agent: await agentByModel(ctx, body.model), headers, signal }),
    ),
  "voice.chat.completions.create": async ({ ctx, params, body, request: { headers, signal } }) => {
    const agent = await getAgentRow(ctx, params.agent_id);
    return answered(await completeChat(ctx, { body, model: body.model ?? agent.id, agent, headers, signal }));
  },
};

const answered = (answer: Awaited<ReturnType<typeof completeChat>>): Response =>
  "stream" in answer ? eventResponse(answer.stream) : Response.json(answer.value);
