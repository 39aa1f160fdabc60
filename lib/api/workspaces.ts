import { z } from "@hono/zod-openapi";
import { causeSchema } from "./blocks";
import { idSchema, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { eraseQuery, queryCount } from "./fields";

const agentParams = z.object({ agent_id: idSchema("agent") });
const path = z.string().min(1).max(400).describe("Relative to the workspace, such as notes/plan.md");

const fileSchema = z
  .object({
    path: z.string(),
    size: z.number().int().describe("Bytes"),
    version: z.number().int().describe("From 1"),
    updated_at: timestamp,
    cause: causeSchema.describe("Who wrote it last, and why"),
  })
  .openapi("WorkspaceFile");
export type WireWorkspaceFile = z.output<typeof fileSchema>;

const workspaceSchema = z
  .object({
    files: z.array(fileSchema).describe("In the order of their paths"),
    bytes: z.number().int().describe("Of all files that are there"),
    history_bytes: z.number().int().describe("Of what files are and were"),
    limits: z.object({
      file_bytes: z.number().int(),
      total_bytes: z.number().int(),
      files: z.number().int(),
      history_bytes: z.number().int(),
    }),
  })
  .openapi("Workspace");
export type WireWorkspace = z.output<typeof workspaceSchema>;

const contentSchema = z
  .object({
    path: z.string(),
    version: z.number().int(),
    size: z.number().int(),
    encoding: z.enum(["utf8", "base64"]).describe("base64 for what is not text"),
    content: z.string(),
  })
  .openapi("WorkspaceContent");
export type WireWorkspaceContent = z.output<typeof contentSchema>;

const versionSchema = z
  .object({
    version: z.number().int(),
    size: z.number().int(),
    is_deleted: z.boolean(),
    operation: z.string(),
    cause: causeSchema,
    step_id: z.string().nullable(),
    created_at: timestamp,
  })
  .openapi("WorkspaceVersion");
export type WireWorkspaceVersion = z.output<typeof versionSchema>;

const writeBody = z
  .object({
    path,
    content: z.string().max(3_000_000),
    encoding: z.enum(["utf8", "base64"]).default("utf8"),
  })
  .openapi("WorkspaceWrite");
export type WriteWorkspaceFile = z.output<typeof writeBody>;

export const WORKSPACE_ENDPOINTS = [
  endpoint({
    id: "agents.workspace.retrieve",
    method: "get",
    path: "/v1/agents/{agent_id}/workspace",
    own: true,
    summary: "The files of an agent's own workspace, in which its starter tools work",
    params: agentParams,
    query: z.object({
      step_id: z.string().nullish().describe("As they were in this step of the agent"),
      moment: z.enum(["before", "after"]).default("after").describe("Of the step: with what it did, or without"),
    }),
    response: workspaceSchema,
  }),
  endpoint({
    id: "agents.workspace.read",
    method: "get",
    path: "/v1/agents/{agent_id}/workspace/file",
    own: true,
    summary: "What a file of an agent's workspace says, now or in an earlier version",
    params: agentParams,
    query: z.object({ path, version: queryCount.nullish() }),
    response: contentSchema,
  }),
  endpoint({
    id: "agents.workspace.versions",
    method: "get",
    path: "/v1/agents/{agent_id}/workspace/versions",
    own: true,
    summary: "The versions of a file of an agent's workspace, newest first, each with its cause",
    params: agentParams,
    query: z.object({ path, before: queryCount.nullish().describe("Only versions below this number") }),
    response: z.array(versionSchema),
  }),
  endpoint({
    id: "agents.workspace.write",
    method: "put",
    path: "/v1/agents/{agent_id}/workspace/file",
    own: true,
    summary: "Write a file of an agent's workspace",
    params: agentParams,
    body: writeBody,
    response: fileSchema,
  }),
  endpoint({
    id: "agents.workspace.delete",
    method: "delete",
    path: "/v1/agents/{agent_id}/workspace/file",
    own: true,
    summary: "Delete a file, or a folder with its files, of an agent's workspace; its past stays, unless it is erased",
    params: agentParams,
    query: eraseQuery.extend({ path }),
    response: null,
  }),
] as const;
