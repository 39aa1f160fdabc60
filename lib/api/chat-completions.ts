import { z } from "@hono/zod-openapi";
import { jsonObject, withoutNul } from "./common";
import { endpoint } from "./endpoint";
import { responseFormatSchema } from "./model-settings";

const MAX_KEY_CHARS = 512;

const textPart = z.object({ type: z.literal("text"), text: withoutNul });
const imagePart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string(), detail: z.string().nullish() }),
});
/** Parts of other types are read only where they are new input, and refused there. */
const otherPart = z.looseObject({ type: z.string() });
const chatContent = z.union([withoutNul, z.array(z.union([textPart, imagePart, otherPart]))]);
export type ChatContent = z.output<typeof chatContent>;

const chatMessage = z
  .object({
    role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
    content: chatContent.nullish(),
    name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
  })
  .openapi("ChatCompletionMessage");
export type ChatInput = z.output<typeof chatMessage>;

const chatTool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
  }),
});

const conversationKey = z.string().max(MAX_KEY_CHARS).nullish();

/** OpenAI's request. Sampling and length are the agent's own settings: what is said of them here is not used. */
export const chatCompletionBody = z
  .object({
    model: z.string().min(1).describe("An agent's id, or its name where only one has it"),
    messages: z
      .array(chatMessage)
      .min(1)
      .describe("What follows the last assistant message is new; the rest is the client's copy of the conversation"),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    tools: z.array(chatTool).nullish().describe("The client's own tools, beside the agent's"),
    tool_choice: z.unknown().optional(),
    response_format: responseFormatSchema.nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.number().int().min(0).max(20).nullish(),
    n: z.number().int().nullish(),
    user: conversationKey.describe("Names the conversation, unless a chat id does"),
    safety_identifier: conversationKey,
    call: z
      .looseObject({ id: conversationKey })
      .nullish()
      .describe("The call of a voice client: each has a conversation"),
    metadata: z
      .looseObject({ chat_id: conversationKey, conversation_id: conversationKey, call_id: conversationKey })
      .nullish()
      .describe("`chat_id` or `conversation_id` names the conversation"),
  })
  .openapi("ChatCompletionRequest");
export type ChatRequest = z.output<typeof chatCompletionBody>;

export const chatCompletionSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.number().int(),
    model: z.string(),
    choices: z.array(jsonObject),
    usage: jsonObject.nullable(),
  })
  .openapi("ChatCompletion");

export const CHAT_ENDPOINTS = [
  endpoint({
    id: "chat.completions.create",
    method: "post",
    path: "/v1/chat/completions",
    summary: "Talk to an agent in OpenAI's chat completions protocol, streamed or not",
    body: chatCompletionBody,
    response: chatCompletionSchema,
    streams: true,
  }),
  endpoint({
    id: "voice.chat.completions.create",
    method: "post",
    path: "/v1/voice-beta/{agent_id}/chat/completions",
    summary: "The same, for voice platforms that name the agent in the address",
    params: z.object({ agent_id: z.string() }),
    // Not by `extend`, which the document would have as both at once: with a model that must be there.
    body: z.object({ ...chatCompletionBody.shape, model: z.string().nullish() }).openapi("VoiceCompletionRequest"),
    response: chatCompletionSchema,
    streams: true,
  }),
] as const;
