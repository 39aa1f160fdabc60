import type { OpenAPIHono } from "@hono/zod-openapi";
import { UNAVAILABLE } from "@/lib/api/unavailable";
import { ApiError } from "../core/errors";
import { routesOf } from "./bind";

/** Answers what this server does not have with 501 and the reason. */
export function bindUnavailable(app: OpenAPIHono): void {
  for (const { method, path, why } of UNAVAILABLE) {
    app.on(method.toUpperCase(), routesOf(path), () => {
      throw new ApiError("not-implemented", why);
    });
  }
}
