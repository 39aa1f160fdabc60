import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams } from "./agents";
import { causeSchema } from "./blocks";
import { idSchema, jsonObject, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";

export const agentVersionSchema = z
  .object({
    id: z.string(),
    seq: z.number().describe("Place in the ledger"),
    agent_id: z.string(),
    parent_id: z.string().nullable(),
    number: z.number().int().describe("From 1"),
    config: jsonObject.describe("Prompt, model, settings, tools, tool rules and attached blocks, as of this version"),
    operation: z.string().describe("What made it: create, update, attach-tool, restore, …"),
    cause: causeSchema,
    step_id: z.string().nullable(),
    created_at: timestamp,
  })
  .openapi("AgentVersion");
export type WireAgentVersion = z.output<typeof agentVersionSchema>;

export const AGENT_VERSION_ENDPOINTS = [
  endpoint({
    id: "agents.versions",
    method: "get",
    path: "/v1/agents/{agent_id}/versions",
    summary: "Every version of an agent, newest first, each with its cause",
    own: true,
    params: agentParams,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(agentVersionSchema),
  }),
  endpoint({
    id: "agents.restoreVersion",
    method: "post",
    path: "/v1/agents/{agent_id}/versions/{version_id}/restore",
    summary: "Add a version that is like an earlier one; tools and blocks that are gone stay gone",
    own: true,
    params: agentParams.extend({ version_id: idSchema("version") }),
    response: agentStateSchema,
  }),
] as const;
