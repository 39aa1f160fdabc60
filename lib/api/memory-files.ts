import { z } from "@hono/zod-openapi";
import { idSchema } from "./common";
import { endpoint } from "./endpoint";
import { queryCount } from "./fields";

const params = z.object({ agent_id: idSchema("agent") });
const ref = z.string().nullish().describe("A commit (the id of a block's version), or HEAD, which is what is in force");
const filePath = z.string().min(1).describe("<label>.md");

/** An agent's blocks as files: a label is a path, a version is a commit. */
export const MEMORY_FILE_ENDPOINTS = [
  endpoint({
    id: "agents.memoryFiles.content",
    method: "get",
    path: "/v1/agents/{agent_id}/memory-files/content",
    summary: "Read a block as a file, as it is or as it was",
    params,
    query: z.object({ file_path: filePath, ref }),
    response: z.object({ path: z.string(), content: z.string(), ref: z.string() }),
  }),
  endpoint({
    id: "agents.memoryFiles.directory",
    method: "get",
    path: "/v1/agents/{agent_id}/memory-files/directory",
    summary: "List what is in a directory of an agent's blocks",
    params,
    query: z.object({
      path: z.string().nullish().describe("The root if left out"),
      depth: queryCount.nullish().describe("Levels to list; 1 if left out"),
      ref,
    }),
    response: z.object({
      path: z.string(),
      entries: z.array(z.object({ name: z.string(), type: z.enum(["file", "directory"]) })),
      depth: z.number().int(),
    }),
  }),
  endpoint({
    id: "agents.memoryFiles.history",
    method: "get",
    path: "/v1/agents/{agent_id}/memory-files/history",
    summary: "List the versions of a block, newest first, as commits of a file",
    params,
    query: z.object({ file_path: filePath, limit: z.coerce.number().int().min(1).max(1000).nullish() }),
    response: z.object({
      path: z.string(),
      commits: z.array(
        z.object({
          sha: z.string(),
          message: z.string(),
          timestamp: z.string(),
          author_name: z.string().nullable(),
        }),
      ),
    }),
  }),
] as const;
