import { z } from "@hono/zod-openapi";
import { idSchema, timestamp } from "./common";
import { endpoint } from "./endpoint";

export const HEALTH_KINDS = [
  "tainted",
  "contradiction",
  "duplicate",
  "full",
  "changed-nothing",
  "reverted",
  "never-changed",
  "never-read",
  "empty-search",
] as const;
export type HealthKind = (typeof HEALTH_KINDS)[number];

const placeSchema = z.object({
  text: z.string(),
  block_id: z.string().nullable(),
  label: z.string().nullable(),
  line: z.number().int().nullable().describe("From 1"),
  passage_id: z.string().nullable(),
});

export const healthFindingSchema = placeSchema
  .extend({
    kind: z.enum(HEALTH_KINDS),
    detail: z.string().describe("What was found, in words"),
    version_id: z.string().nullable(),
    step_id: z.string().nullable().describe("Where it happened"),
    created_at: timestamp.nullable(),
    others: z.array(placeSchema).describe("The other lines of a duplicate or contradiction"),
    sources: z
      .array(
        z.object({
          kind: z.enum(["web page", "file", "tool", "another agent"]),
          name: z.string().describe("The tool, or the agent's id"),
          step_id: z.string().nullable(),
        }),
      )
      .describe("What the run that wrote a tainted line had read before"),
    later: z
      .array(z.object({ step_id: z.string(), tool: z.string(), created_at: timestamp }))
      .describe("The first calls of tools that were made with a tainted line in context"),
    later_count: z.number().int(),
  })
  .openapi("HealthFinding");
export type WireHealthFinding = z.output<typeof healthFindingSchema>;

export const memoryHealthSchema = z
  .object({
    agent_id: z.string(),
    counts: z
      .record(z.enum(HEALTH_KINDS), z.number().int())
      .describe("How many there are; `findings` has the first of each kind"),
    findings: z.array(healthFindingSchema),
    looked_at: z.object({
      blocks: z.number().int(),
      lines: z.number().int(),
      passages: z.number().int(),
      searches: z.number().int(),
    }),
  })
  .openapi("MemoryHealth");
export type WireMemoryHealth = z.output<typeof memoryHealthSchema>;

export const MEMORY_HEALTH_ENDPOINTS = [
  endpoint({
    id: "agents.memoryHealth",
    method: "get",
    path: "/v1/agents/{agent_id}/memory-health",
    summary:
      "What is doubtful in an agent's memory: lines written after something untrusted was read, contradictions, duplicates, what is full, useless or unused",
    own: true,
    params: z.object({ agent_id: idSchema("agent") }),
    response: memoryHealthSchema,
  }),
] as const;
