import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams } from "./agents";
import { idSchema, pagingQuery, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { folderSchema } from "./folder-state";
import { twinsOf } from "./twins";

const folderParams = agentParams.extend({ folder_id: idSchema("source") });
const fileParams = agentParams.extend({ file_id: idSchema("file") });

export const agentFileSchema = z
  .object({
    id: z.string(),
    file_id: z.string(),
    file_name: z.string(),
    folder_id: z.string(),
    folder_name: z.string(),
    is_open: z.boolean(),
    last_accessed_at: timestamp.nullable(),
    visible_content: z.string().nullable().describe("What is in the agent's context, if the file is open"),
    start_line: z.number().int().nullable().describe("First line in view, from 1; null is the beginning"),
    end_line: z.number().int().nullable(),
  })
  .openapi("AgentFileAttachment");
export type WireAgentFile = z.output<typeof agentFileSchema>;

const SHARED_ENDPOINTS = [
  endpoint({
    id: "agents.folders.list",
    method: "get",
    path: "/v1/agents/{agent_id}/folders",
    summary: "List the folders of an agent",
    params: agentParams,
    query: z.object(pagingQuery({ limit: 100, order: "desc" })),
    response: z.array(folderSchema),
  }),
  endpoint({
    id: "agents.folders.attach",
    method: "patch",
    path: "/v1/agents/{agent_id}/folders/attach/{folder_id}",
    summary: "Attach a folder to an agent, with the tools for files if it is the first",
    params: folderParams,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.folders.detach",
    method: "patch",
    path: "/v1/agents/{agent_id}/folders/detach/{folder_id}",
    summary: "Detach a folder from an agent, with the tools for files if it was the last",
    params: folderParams,
    response: agentStateSchema,
  }),
] as const;

export const AGENT_SOURCE_ENDPOINTS = twinsOf(SHARED_ENDPOINTS);

export const AGENT_FOLDER_ENDPOINTS = [
  ...SHARED_ENDPOINTS,
  endpoint({
    id: "agents.files.list",
    method: "get",
    path: "/v1/agents/{agent_id}/files",
    summary: "List the files that an agent has by its folders",
    params: agentParams,
    query: z.object({
      ...pagingQuery({ limit: 100, order: "desc" }),
      cursor: z.string().nullish().describe("The next_cursor of the page before"),
      is_open: queryBoolean.nullish().describe("Only those in the agent's context, or only the others"),
    }),
    response: z.object({
      files: z.array(agentFileSchema),
      next_cursor: z.string().nullable(),
      has_more: z.boolean(),
    }),
  }),
  endpoint({
    id: "agents.files.closeAll",
    method: "patch",
    path: "/v1/agents/{agent_id}/files/close-all",
    summary: "Close every open file; answers their names",
    params: agentParams,
    response: z.array(z.string()),
  }),
  endpoint({
    id: "agents.files.open",
    method: "patch",
    path: "/v1/agents/{agent_id}/files/{file_id}/open",
    summary: "Put a file into the agent's context; answers the names of files that were closed for it",
    params: fileParams,
    response: z.array(z.string()),
  }),
  endpoint({
    id: "agents.files.close",
    method: "patch",
    path: "/v1/agents/{agent_id}/files/{file_id}/close",
    summary: "Take a file out of the agent's context",
    params: fileParams,
    response: null,
  }),
] as const;
