import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { UNAVAILABLE } from "@/lib/api/unavailable";
import { ApiError } from "../core/errors";
import { routesOf } from "./bind";

const errorSchema = z.object({ detail: z.string() });

/** Answers what this server does not have with 501 and the reason, and says so in its OpenAPI document. */
export function bindUnavailable(app: OpenAPIHono): void {
  for (const { method, path, why } of UNAVAILABLE) {
    app.openAPIRegistry.registerPath(
      createRoute({
        method,
        path,
        operationId: `unavailable.${method}${path.replaceAll(/[^a-z0-9]+/g, "_")}`,
        summary: why,
        tags: ["unavailable"],
        "x-memoir-unavailable": true,
        responses: { 501: { description: why, content: { "application/json": { schema: errorSchema } } } },
      }),
    );
    app.on(method.toUpperCase(), routesOf(path), () => {
      throw new ApiError("not-implemented", why);
    });
  }
}
