import { z } from "@hono/zod-openapi";

const text = { type: z.literal("text"), text: z.string(), signature: z.string().nullish() };
const textPart = z.object(text);
/** What a provider sent beside a part and wants back with it, as it was sent. */
const opaque = z.object({ by: z.string(), data: z.string() }).optional();
const imagePart = z.object({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("base64"),
      media_type: z.string(),
      data: z.string(),
      detail: z.string().nullish(),
    }),
    z.object({ type: z.literal("url"), url: z.string(), detail: z.string().nullish() }),
    z.object({
      type: z.literal("letta"),
      file_id: z.string(),
      media_type: z.string().nullish(),
      data: z.string().nullish(),
      detail: z.string().nullish(),
    }),
  ]),
});
/** Text or an image, as messages and tool returns hold them. */
export const contentPartSchema = z.discriminatedUnion("type", [textPart, imagePart]);

const lines = z.array(z.string()).nullable();
const toolReturn = {
  toolCallId: z.string(),
  status: z.enum(["success", "error"]),
  content: z.union([z.string(), z.array(contentPartSchema)]),
  stdout: lines,
  stderr: lines,
};
const decision = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("approval"),
    toolCallId: z.string(),
    approve: z.boolean(),
    reason: z.string().nullable(),
  }),
  z.object({ type: z.literal("tool"), ...toolReturn }),
]);
const stats = z.object({
  trigger: z.string(),
  contextTokensBefore: z.number().nullable(),
  contextTokensAfter: z.number().nullable(),
  contextWindow: z.number(),
  messagesCountBefore: z.number(),
  messagesCountAfter: z.number(),
});

/** A part of a message in Memoir's own form, as it is kept (`stream/message.ts`). */
export const messagePartSchema = z.discriminatedUnion("type", [
  z.object({ ...text, opaque }),
  imagePart,
  z.object({
    type: z.literal("reasoning"),
    reasoning: z.string(),
    source: z.enum(["reasoner_model", "non_reasoner_model"]),
    signature: z.string().nullable(),
    opaque,
  }),
  z.object({
    type: z.literal("hidden_reasoning"),
    state: z.enum(["redacted", "omitted"]),
    hiddenReasoning: z.string().nullable(),
    opaque,
  }),
  z.object({ type: z.literal("tool_call"), id: z.string(), name: z.string(), arguments: z.string(), opaque }),
  z.object({ type: z.literal("tool_return"), name: z.string().nullable(), ...toolReturn }),
  z.object({ type: z.literal("approval"), decision }),
  z.object({ type: z.literal("summary"), summary: z.string(), stats: stats.nullable() }),
]);
