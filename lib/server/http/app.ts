import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { BLOCK_ENDPOINTS } from "@/lib/api/blocks";
import type { Core } from "../core";
import { ApiError } from "../errors";
import { requirePassword } from "./auth";
import { bindEndpoints } from "./bind";
import { BLOCK_HANDLERS } from "./blocks";
import { answerError } from "./errors";

/** The REST API as one fetch handler: every path with and without its trailing slash, under `/v1` and `/latest`. */
export function createApp(core: Core): OpenAPIHono {
  const app = new OpenAPIHono({ strict: false });
  app.onError((error, c) => answerError(error, c));
  app.notFound((c) => c.json({ detail: `Not Found: ${c.req.method} ${c.req.path}` }, 404));
  app.use(async (c, next) => {
    await next();
    c.header("x-request-id", c.req.header("x-request-id") ?? randomUUID());
  });
  app.use(cors({ origin: "*", exposeHeaders: ["x-request-id"] }));
  app.use(requirePassword(core.config.password));
  app.use(
    bodyLimit({
      maxSize: core.config.limits.bodyBytes,
      onError: () => {
        throw new ApiError("too-large", `Request body is larger than ${core.config.limits.bodyBytes} bytes`);
      },
    }),
  );
  bindEndpoints(app, core, BLOCK_ENDPOINTS, BLOCK_HANDLERS);
  return app;
}
