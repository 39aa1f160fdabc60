import { z } from "@hono/zod-openapi";
import { idSchema } from "./common";
import { endpoint } from "./endpoint";

const most = z.number().int().min(1).max(1_000_000_000).nullable();

const limitsSchema = z
  .object({
    requests_per_minute: most.describe("Of programs; pages of who is signed in are not counted"),
    runs_at_once: most,
    tokens_per_day: most.describe("In and out, by UTC days; no run begins when they are used up"),
    dollars_per_month: z.number().positive().max(1_000_000_000).nullable().describe("By the prices that are known"),
  })
  .openapi("FairLimits");
export type FairLimits = z.output<typeof limitsSchema>;

const fairUseSchema = z
  .object({
    key_id: z.string().nullable().describe("Null for the whole organization"),
    limits: limitsSchema.describe("Null is as much as it likes"),
    used: z.object({
      requests_per_minute: z.number().describe("Counted where there is a limit"),
      runs_at_once: z.number(),
      tokens_per_day: z.number(),
      dollars_per_month: z.number(),
    }),
    unpriced_steps: z.number().describe("Steps of this month whose price is not known: they are not in the dollars"),
  })
  .openapi("FairUse");
export type WireFairUse = z.output<typeof fairUseSchema>;

const query = z.object({ key_id: idSchema("key").nullish().describe("Of this key instead of the organization") });

/** How much may be used, by organization and by key. */
export const LIMIT_ENDPOINTS = [
  endpoint({
    id: "limits.retrieve",
    method: "get",
    path: "/v1/limits",
    own: true,
    summary: "What the organization, or a key, may use, and what of it is used up",
    query,
    response: fairUseSchema,
  }),
  endpoint({
    id: "limits.update",
    method: "put",
    path: "/v1/limits",
    own: true,
    summary: "Say how much the organization, or a key, may use; with less left, requests are answered with 429",
    query,
    body: limitsSchema,
    response: fairUseSchema,
  }),
] as const;
