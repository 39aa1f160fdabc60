import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, queryBoolean, withoutNul } from "./common";
import { endpoint } from "./endpoint";
import { conversationMessagesBody, sendMessagesBody, usageSchema } from "./messages";

const agentParams = z.object({ agent_id: idSchema("agent") });

export const generateBody = z
  .object({
    prompt: withoutNul.refine((text) => text.trim() !== "", "must not be empty"),
    system_prompt: withoutNul.nullish(),
    override_model: z.string().nullish().describe("A model handle; the agent's own model if left out"),
    response_schema: jsonObject.nullish().describe("JSON Schema that the answer follows"),
  })
  .openapi("GenerateRequest");
export type GenerateBody = z.output<typeof generateBody>;

const generateResponse = z
  .object({ content: z.string(), model: z.string(), usage: usageSchema })
  .openapi("GenerateResponse");

export const MODEL_REQUEST_ENDPOINTS = [
  endpoint({
    id: "agents.generate",
    method: "post",
    path: "/v1/agents/{agent_id}/generate",
    summary: "Ask an agent's model directly: without its memory, its tools and its messages",
    params: agentParams,
    body: generateBody,
    response: generateResponse,
  }),
  endpoint({
    id: "agents.messages.preview",
    method: "post",
    path: "/v1/agents/{agent_id}/messages/preview-raw-payload",
    summary: "What the model's provider would be sent for a request; nothing is sent or kept",
    params: agentParams,
    body: sendMessagesBody,
    response: jsonObject,
  }),
  endpoint({
    id: "conversations.messages.preview",
    method: "post",
    path: "/v1/conversations/{conversation_id}/messages/preview-raw-payload",
    summary: "What the model's provider would be sent for a request; nothing is sent or kept",
    params: z.object({ conversation_id: z.string() }),
    body: conversationMessagesBody,
    response: jsonObject,
  }),
  endpoint({
    id: "agents.messages.update",
    method: "patch",
    path: "/v1/agents/{agent_id}/messages/{message_id}",
    summary: "Messages don't change: answers 405",
    params: agentParams.extend({ message_id: idSchema("message") }),
    body: jsonObject,
    bodyOptional: true,
    response: jsonObject,
    deprecated: true,
  }),
  endpoint({
    id: "agents.systemPrompt.recompile",
    method: "post",
    path: "/v1/agents/{agent_id}/system-prompt/recompile",
    summary: "The old address of recompile",
    params: agentParams,
    query: z.object({ update_timestamp: queryBoolean.default(false), dry_run: queryBoolean.default(false) }),
    response: z.string(),
    deprecated: true,
  }),
] as const;
