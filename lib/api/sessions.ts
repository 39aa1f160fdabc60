import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";

export const sessionSchema = z
  .object({
    id: idSchema("session"),
    created_at: timestamp,
    last_seen_at: timestamp,
    expires_at: timestamp.describe("Moves on with use, up to a limit"),
    user_agent: z.string().nullable().describe("What the browser called itself"),
    address: z.string().describe("Where it was last seen"),
    is_current: z.boolean().describe("Whether this request came with it"),
  })
  .openapi("WebSession");
export type WireSession = z.output<typeof sessionSchema>;

const MAX_PASSWORD_CHARS = 10_000;

const signInBody = z.object({ password: z.string().min(1).max(MAX_PASSWORD_CHARS) }).openapi("SignIn");

const signInReply = z
  .object({
    signed_in: z.boolean().describe("False for a wrong password: an answer, so that a browser's console stays empty"),
    session: sessionSchema.nullable(),
  })
  .openapi("SignedIn");

const currentSchema = z
  .object({
    access: z
      .enum(["alone", "password"])
      .describe("How the server runs: for this machine alone, without a sign-in, or with one password"),
    session: sessionSchema.nullable().describe("Of the browser that asks; null for who came with the password itself"),
  })
  .openapi("CurrentSession");

/** Browsers that are signed in. Programs need none: they send the password, or an access token, with each request. */
export const SESSION_ENDPOINTS = [
  endpoint({
    id: "sessions.create",
    method: "post",
    path: "/v1/sessions",
    own: true,
    summary: "Sign a browser in by the password: it gets a cookie",
    body: signInBody,
    response: signInReply,
  }),
  endpoint({
    id: "sessions.current",
    method: "get",
    path: "/v1/sessions/current",
    own: true,
    summary: "How the server runs, and the session of the browser that asks",
    response: currentSchema,
  }),
  endpoint({
    id: "sessions.list",
    method: "get",
    path: "/v1/sessions",
    own: true,
    summary: "List browsers that are signed in",
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(sessionSchema),
  }),
  endpoint({
    id: "sessions.signOut",
    method: "delete",
    path: "/v1/sessions/current",
    own: true,
    summary: "Sign out: the session ends at once",
    response: null,
    status: 204,
  }),
  endpoint({
    id: "sessions.deleteOthers",
    method: "delete",
    path: "/v1/sessions",
    own: true,
    summary: "End all sessions but that of the browser that asks",
    response: null,
    status: 204,
  }),
  endpoint({
    id: "sessions.delete",
    method: "delete",
    path: "/v1/sessions/{session_id}",
    own: true,
    summary: "End a session at once",
    params: z.object({ session_id: idSchema("session") }),
    response: null,
    status: 204,
  }),
] as const;
