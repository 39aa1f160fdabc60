import type { z } from "@hono/zod-openapi";
import type { AGENT_LINK_ENDPOINTS } from "@/lib/api/agent-links";
import type { AGENT_VERSION_ENDPOINTS } from "@/lib/api/agent-versions";
import type { AGENT_ENDPOINTS } from "@/lib/api/agents";
import type { ARCHIVE_ENDPOINTS } from "@/lib/api/archives";
import type { BLOCK_ENDPOINTS } from "@/lib/api/blocks";
import type { CONVERSATION_ENDPOINTS } from "@/lib/api/conversations";
import type { Endpoint, Reply } from "@/lib/api/endpoint";
import type { HEALTH_ENDPOINTS } from "@/lib/api/health";
import type { LEDGER_ENDPOINTS } from "@/lib/api/ledger";
import type { MESSAGE_ENDPOINTS } from "@/lib/api/messages";
import type { MODEL_ENDPOINTS } from "@/lib/api/models";
import type { PASSAGE_ENDPOINTS } from "@/lib/api/passages";
import type { RUN_ENDPOINTS } from "@/lib/api/runs";
import type { TAG_ENDPOINTS } from "@/lib/api/tags";
import type { TOOL_ENDPOINTS } from "@/lib/api/tools";

/** Every endpoint that the browser may call. Types only: no schema reaches the bundle. */
type Row = (
  | typeof AGENT_ENDPOINTS
  | typeof AGENT_LINK_ENDPOINTS
  | typeof AGENT_VERSION_ENDPOINTS
  | typeof ARCHIVE_ENDPOINTS
  | typeof BLOCK_ENDPOINTS
  | typeof CONVERSATION_ENDPOINTS
  | typeof HEALTH_ENDPOINTS
  | typeof LEDGER_ENDPOINTS
  | typeof MESSAGE_ENDPOINTS
  | typeof MODEL_ENDPOINTS
  | typeof PASSAGE_ENDPOINTS
  | typeof RUN_ENDPOINTS
  | typeof TAG_ENDPOINTS
  | typeof TOOL_ENDPOINTS
)[number];

export type ErrorBody = { detail?: unknown; error?: { message?: string } };

type InputOf<S> = S extends z.ZodType ? z.input<S> : never;
type Json<T> = { content: { "application/json": T } };

type Parameters<E extends Endpoint> = (E["params"] extends z.ZodType ? { path: InputOf<E["params"]> } : unknown) &
  (E["query"] extends z.ZodType ? { query?: Partial<InputOf<E["query"]>> } : unknown);

type RequestBody<E extends Endpoint> = E["body"] extends z.ZodType
  ? E["bodyOptional"] extends true
    ? { requestBody?: Json<InputOf<E["body"]>> }
    : { requestBody: Json<InputOf<E["body"]>> }
  : { requestBody?: never };

type Operation<E extends Endpoint> = RequestBody<E> & {
  parameters: Parameters<E>;
  responses: { 200: Json<Reply<E>>; default: Json<ErrorBody> };
};

/** Rows of endpoint tables in the shape that openapi-fetch reads. */
export type PathsOf<E extends Endpoint> = {
  [P in E["path"]]: {
    [M in Extract<E, { path: P }>["method"]]: Operation<Extract<E, { path: P; method: M }>>;
  };
};

export type paths = PathsOf<Row>;
