import { z } from "@hono/zod-openapi";
import { endpoint } from "./endpoint";

const healthSchema = z
  .object({
    version: z.string().describe("Of the API that is spoken"),
    status: z.string(),
    database: z.enum(["pglite", "postgres"]).describe("Memoir's own: embedded, or a server"),
    search: z
      .enum(["text", "hybrid"])
      .describe("Memoir's own: by words alone, or by meaning too where an embedding model is set"),
    search_note: z.string().describe("Memoir's own: why"),
    mcp_stdio: z.boolean().describe("Memoir's own: whether MCP servers may be programs on this machine"),
  })
  .openapi("Health");

export const HEALTH_ENDPOINTS = [
  endpoint({
    id: "health.check",
    method: "get",
    path: "/v1/health",
    summary: "Whether the server is up",
    response: healthSchema,
  }),
  endpoint({
    id: "health.ready",
    method: "get",
    path: "/v1/ready",
    summary: "Whether the server can reach its database",
    response: healthSchema,
  }),
] as const;
