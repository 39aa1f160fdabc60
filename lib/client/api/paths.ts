import type { z } from "@hono/zod-openapi";
import type { Endpoint, Reply } from "@/lib/api/endpoint";
import type { ENDPOINTS } from "@/lib/api/endpoints";

export type ErrorBody = { detail?: unknown; error?: { message?: string } };

type InputOf<S> = S extends z.ZodType ? z.input<S> : never;
type Json<T> = { content: { "application/json": T } };

type Parameters<E extends Endpoint> = (E["params"] extends z.ZodType ? { path: InputOf<E["params"]> } : unknown) &
  (E["query"] extends z.ZodType ? { query?: Partial<InputOf<E["query"]>> } : unknown);

type RequestBody<E extends Endpoint> = E["body"] extends z.ZodType
  ? E["bodyOptional"] extends true
    ? { requestBody?: Json<InputOf<E["body"]>> }
    : { requestBody: Json<InputOf<E["body"]>> }
  : E["form"] extends z.ZodType
    ? { requestBody: { content: { "multipart/form-data": FormData } } }
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

/** Every endpoint that the browser may call. Types only: no schema reaches the bundle. */
export type paths = PathsOf<(typeof ENDPOINTS)[number]>;
