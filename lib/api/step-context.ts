import { z } from "@hono/zod-openapi";
import { causeSchema } from "./blocks";
import { jsonObject, timestamp } from "./common";
import { wireMessageSchema } from "./messages";

export const contextSectionSchema = z
  .object({
    kind: z.string(),
    label: z.string(),
    text: z.string(),
    tokens: z.number().int(),
    chars: z.number().int(),
    hash: z.string().describe("SHA-256 of the text, hexadecimal"),
    estimated: z.boolean().describe("Whether the token count is an estimate"),
    source: jsonObject,
    cause: causeSchema.nullable().describe("What put this text here; null for what the request itself brought"),
  })
  .openapi("ContextSection");
export type WireContextSection = z.output<typeof contextSectionSchema>;

export const stepContextSchema = z
  .object({
    step_id: z.string(),
    agent_id: z.string(),
    conversation_id: z.string(),
    model_handle: z.string(),
    context_window: z.number().int(),
    context_window_source: z
      .enum(["agent", "provider", "setting", "catalog", "guess"])
      .optional()
      .describe("Who says how long a context may be now; of a step that is over it is not told"),
    total_tokens: z.number().int(),
    total_estimated: z.boolean().describe("False where the provider counted"),
    compiled_at: timestamp,
    sections: z.array(contextSectionSchema).describe("In the order in which the model was shown them; messages last"),
    messages: z.array(wireMessageSchema).describe("The messages of the last section"),
  })
  .openapi("StepContext");

const diffPartSchema = z.object({ type: z.enum(["same", "added", "removed"]), text: z.string() });

export const contextDiffSchema = z
  .object({
    from_step_id: z.string(),
    to_step_id: z.string(),
    token_delta: z.number().int(),
    shared_prefix_chars: z.number().int().describe("How much of the older prompt a provider's cache could still use"),
    sections: z.array(
      z.object({
        kind: z.string(),
        label: z.string(),
        change: z.enum(["same", "changed", "added", "removed"]),
        tokens_before: z.number().int(),
        tokens_after: z.number().int(),
        parts: z.array(diffPartSchema).describe("Per word; empty where nothing changed"),
        causes: z.array(causeSchema).describe("What changed it, oldest first"),
      }),
    ),
    settings: z
      .array(
        z.object({
          name: z
            .string()
            .describe("As in an agent version's `config`; `model` and `context_window` are those that were used"),
          before: z.unknown(),
          after: z.unknown(),
          causes: z.array(causeSchema).describe("What changed it, oldest first; none where the request asked for it"),
        }),
      )
      .describe("Settings that differ"),
  })
  .openapi("ContextDiff");
