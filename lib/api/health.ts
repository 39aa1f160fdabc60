import { z } from "@hono/zod-openapi";
import { endpoint } from "./endpoint";

const healthSchema = z.object({ version: z.string(), status: z.string() }).openapi("Health");

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
