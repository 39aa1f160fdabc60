import { z } from "@hono/zod-openapi";
import { idSchema } from "./common";
import { endpoint } from "./endpoint";
import { dateTime } from "./fields";

export const ACCESS = ["read_messages", "write_messages", "read_agent", "write_agent"] as const;
export type Access = (typeof ACCESS)[number];

const grantSchema = z.object({ type: z.literal("agent"), id: idSchema("agent"), access: z.array(z.enum(ACCESS)) });

export const policySchema = z.object({ version: z.literal("1"), data: z.array(grantSchema) }).openapi("AccessPolicy");
export type AccessPolicy = z.output<typeof policySchema>;

/** Of the few answers of the contract in camelCase. */
export const accessTokenSchema = z
  .object({ policy: policySchema, token: z.string(), hostname: z.string(), expiresAt: z.string() })
  .openapi("ClientSideAccessToken");
export type WireAccessToken = z.output<typeof accessTokenSchema>;

const MAX_GRANTS = 100;
const MAX_HOSTNAME_CHARS = 255;

const createBody = z
  .object({
    policy: z.array(grantSchema).min(1).max(MAX_GRANTS),
    hostname: z
      .url({ protocol: /^https?$/ })
      .max(MAX_HOSTNAME_CHARS)
      .describe("Where the browser's page comes from, with its protocol"),
    expires_at: dateTime.optional().describe("Five minutes from now if left out"),
  })
  .openapi("ClientSideAccessTokenCreate");
export type CreateAccessToken = z.output<typeof createBody>;

/** Tokens that may go into a browser: each does only what its policy says, for its page, until it expires. */
export const ACCESS_TOKEN_ENDPOINTS = [
  endpoint({
    id: "accessTokens.create",
    method: "post",
    path: "/v1/client-side-access-tokens",
    summary: "Create a token for a browser",
    body: createBody,
    response: accessTokenSchema,
    status: 201,
  }),
  endpoint({
    id: "accessTokens.list",
    method: "get",
    path: "/v1/client-side-access-tokens",
    summary: "List tokens that have not expired",
    query: z.object({
      agentId: z.string().optional().describe("Only those that name this agent"),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
      limit: z.coerce.number().int().min(1).max(1000).default(10),
    }),
    response: z.object({ tokens: z.array(accessTokenSchema), hasNextPage: z.boolean() }),
  }),
  endpoint({
    id: "accessTokens.delete",
    method: "delete",
    path: "/v1/client-side-access-tokens/{token}",
    summary: "Delete a token: from now on it opens nothing",
    params: z.object({ token: z.string().min(1) }),
    body: z.unknown(),
    bodyOptional: true,
    response: null,
    status: 204,
  }),
] as const;
