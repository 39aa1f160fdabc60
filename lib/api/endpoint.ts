import type { z } from "@hono/zod-openapi";

/**
 * One row of the endpoint table. Routing, validation, the OpenAPI document and the browser's client are all made from
 * these rows; `server/http` gives each its procedure, by `id`.
 */
export type Endpoint = {
  /** `resource.verb`, unique. */
  id: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  /** From the root, with `{name}` for parameters, without a trailing slash (both forms are served). */
  path: `/v1/${string}`;
  summary: string;
  /** What the contract does not have is marked: it is Memoir's own. */
  own?: boolean;
  /** Kept for old clients. */
  deprecated?: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Fields of a `multipart/form-data` body, instead of `body`; files are `uploadedFile` of `api/upload.ts`. */
  form?: z.ZodObject;
  /** A body may be left out. */
  bodyOptional?: boolean;
  /** What a success carries; null for the contract's bare `null` or an empty answer. */
  response: z.ZodType | null;
  /** Of a success; 200 if not given. */
  status?: 200 | 201 | 204;
  /** The answer is, or may be, a stream of server-sent events. */
  streams?: boolean;
};

/** Keeps the literal types of a row. */
export function endpoint<const E extends Endpoint>(row: E): E {
  return row;
}

export type Params<E extends Endpoint> = E["params"] extends z.ZodObject ? z.output<E["params"]> : Record<never, never>;
export type Query<E extends Endpoint> = E["query"] extends z.ZodObject ? z.output<E["query"]> : Record<never, never>;
export type Body<E extends Endpoint> = E["body"] extends z.ZodType ? z.output<E["body"]> : undefined;
export type Form<E extends Endpoint> = E["form"] extends z.ZodObject ? z.output<E["form"]> : undefined;
export type Reply<E extends Endpoint> = E["response"] extends z.ZodType ? z.input<E["response"]> : null;
