import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { AGENT_LINK_ENDPOINTS } from "@/lib/api/agent-links";
import { AGENT_VERSION_ENDPOINTS } from "@/lib/api/agent-versions";
import { AGENT_ENDPOINTS } from "@/lib/api/agents";
import { ARCHIVE_ENDPOINTS } from "@/lib/api/archives";
import { BLOCK_ENDPOINTS } from "@/lib/api/blocks";
import { CONVERSATION_ENDPOINTS } from "@/lib/api/conversations";
import { HEALTH_ENDPOINTS } from "@/lib/api/health";
import { MESSAGE_ENDPOINTS } from "@/lib/api/messages";
import { MODEL_ENDPOINTS } from "@/lib/api/models";
import { PASSAGE_ENDPOINTS } from "@/lib/api/passages";
import { RUN_ENDPOINTS } from "@/lib/api/runs";
import { SEARCH_ENDPOINTS } from "@/lib/api/search";
import { TAG_ENDPOINTS } from "@/lib/api/tags";
import { TOOL_ENDPOINTS } from "@/lib/api/tools";
import type { Core } from "../core";
import { ApiError } from "../errors";
import { AGENT_HANDLERS, AGENT_LINK_HANDLERS, AGENT_VERSION_HANDLERS } from "./agents";
import { ARCHIVE_HANDLERS, PASSAGE_HANDLERS } from "./archives";
import { requirePassword } from "./auth";
import { bindEndpoints } from "./bind";
import { BLOCK_HANDLERS } from "./blocks";
import { CONVERSATION_HANDLERS } from "./conversations";
import { answerError } from "./errors";
import { HEALTH_HANDLERS, TAG_HANDLERS } from "./health";
import { MESSAGE_HANDLERS } from "./messages";
import { MODEL_HANDLERS } from "./models";
import { RUN_HANDLERS } from "./runs";
import { SEARCH_HANDLERS } from "./search";
import { TOOL_HANDLERS } from "./tools";

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
  bindEndpoints(app, core, AGENT_ENDPOINTS, AGENT_HANDLERS);
  bindEndpoints(app, core, AGENT_LINK_ENDPOINTS, AGENT_LINK_HANDLERS);
  bindEndpoints(app, core, AGENT_VERSION_ENDPOINTS, AGENT_VERSION_HANDLERS);
  bindEndpoints(app, core, TOOL_ENDPOINTS, TOOL_HANDLERS);
  bindEndpoints(app, core, ARCHIVE_ENDPOINTS, ARCHIVE_HANDLERS);
  bindEndpoints(app, core, SEARCH_ENDPOINTS, SEARCH_HANDLERS);
  bindEndpoints(app, core, PASSAGE_ENDPOINTS, PASSAGE_HANDLERS);
  bindEndpoints(app, core, CONVERSATION_ENDPOINTS, CONVERSATION_HANDLERS);
  bindEndpoints(app, core, TAG_ENDPOINTS, TAG_HANDLERS);
  bindEndpoints(app, core, HEALTH_ENDPOINTS, HEALTH_HANDLERS);
  bindEndpoints(app, core, MESSAGE_ENDPOINTS, MESSAGE_HANDLERS);
  bindEndpoints(app, core, RUN_ENDPOINTS, RUN_HANDLERS);
  bindEndpoints(app, core, MODEL_ENDPOINTS, MODEL_HANDLERS);
  return app;
}
