import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { emailSchema, givenPassword, linkToken } from "./fields";
import { roleSchema } from "./roles";

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

const signInBody = z
  .object({
    email: emailSchema.nullish().describe("Whose account it is, where people have accounts"),
    password: givenPassword,
  })
  .openapi("SignIn");

export const signedInSchema = z
  .object({
    signed_in: z
      .boolean()
      .describe("False for a wrong password, or email: an answer, so that a browser's console stays empty"),
    session: sessionSchema.nullable(),
  })
  .openapi("SignedIn");

const currentSchema = z
  .object({
    access: z
      .enum(["alone", "password", "accounts"])
      .describe(
        "How the server runs: for this machine alone, without a sign-in; with one password; or with an account for each person",
      ),
    role: roleSchema.nullable().describe("Of the person that asks, in their organization; null for who may do all"),
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
    summary: "Sign a browser in by the password, or an account: it gets a cookie",
    body: signInBody,
    response: signedInSchema,
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
    id: "sessions.switch",
    method: "patch",
    path: "/v1/sessions/current",
    own: true,
    summary: "Go on in another organization of the person that is signed in",
    body: z.object({ organization_id: idSchema("org") }).openapi("SwitchOrganization"),
    response: null,
    status: 204,
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
  endpoint({
    id: "signIn.begin",
    method: "post",
    path: "/v1/sign-in/{provider}",
    own: true,
    summary:
      "Begin to sign in by an identity provider, to join by it, or to connect it to the account that is signed in",
    params: z.object({ provider: z.string().max(20) }),
    body: z.object({ invitation: linkToken.nullish().describe("Of a link by which somebody new joins") }),
    bodyOptional: true,
    response: z.object({ url: z.string().describe("Where the browser goes; it comes back with who it is") }),
  }),
  endpoint({
    id: "signIn.callback",
    method: "get",
    path: "/v1/sign-in/{provider}/callback",
    own: true,
    summary: "Where an identity provider sends a browser back to: it is signed in, or told why not",
    params: z.object({ provider: z.string().max(20) }),
    response: null,
  }),
  endpoint({
    id: "signIn.disconnect",
    method: "delete",
    path: "/v1/sign-in/{provider}",
    own: true,
    summary: "Disconnect an identity provider from the account that is signed in",
    params: z.object({ provider: z.string().max(20) }),
    response: null,
    status: 204,
  }),
] as const;
