import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { withLimits } from "./documented-limits";
import type { Endpoint } from "./endpoint";
import { ENDPOINTS } from "./endpoints";
import { UNAVAILABLE } from "./unavailable";

export const API_VERSION = "0.5.0";

const HEAD = {
  openapi: "3.1.0",
  info: {
    title: "Memoir",
    version: API_VERSION,
    description:
      "Stateful agents over the Letta V1 REST API, and their past. Operations marked `x-memoir` are Memoir's own.",
  },
};

const errorSchema = z.object({ detail: z.unknown() }).openapi("Error");
const reasonSchema = z.object({ detail: z.string() });

/** The OpenAPI document of the endpoint table, and of what this server does not have. To make it takes some 300 ms. */
export function openApiDocument(): object {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  for (const row of ENDPOINTS) openAPIRegistry.registerPath(documentOf(row));
  for (const { method, path, why } of UNAVAILABLE) {
    openAPIRegistry.registerPath(
      createRoute({
        method,
        path,
        operationId: `unavailable.${method}${path.replaceAll(/[^a-z0-9]+/g, "_")}`,
        summary: why,
        tags: ["unavailable"],
        "x-memoir-unavailable": true,
        responses: { 501: { description: why, content: { "application/json": { schema: reasonSchema } } } },
      }),
    );
  }
  return withLimits(getOpenAPI31Document(HEAD));
}

function documentOf(row: Endpoint) {
  const json = row.response ? { "application/json": { schema: row.response } } : {};
  const stream = row.streams ? { "text/event-stream": { schema: z.string() } } : {};
  return createRoute({
    method: row.method,
    path: row.path,
    operationId: row.id,
    summary: row.summary,
    tags: [row.id.split(".")[0] ?? row.id],
    request: {
      ...(row.params ? { params: row.params } : {}),
      ...(row.query ? { query: row.query } : {}),
      ...(row.body
        ? { body: { required: !row.bodyOptional, content: { "application/json": { schema: row.body } } } }
        : {}),
      ...(row.form ? { body: { required: true, content: { "multipart/form-data": { schema: row.form } } } } : {}),
    },
    ...(row.deprecated ? { deprecated: true } : {}),
    ...(row.own ? { "x-memoir": true } : {}),
    responses: {
      [row.status ?? 200]: { description: "Success", content: { ...json, ...stream } },
      422: { description: "The request has the wrong shape", content: { "application/json": { schema: errorSchema } } },
    },
  });
}
