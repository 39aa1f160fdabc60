import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { roleSchema } from "./roles";

const MAX_NAME_CHARS = 100;

const kindSchema = z
  .enum(["person", "service"])
  .describe("A person's acts for its maker, and ends when the maker goes");

const keyFields = {
  id: idSchema("key"),
  name: z.string(),
  kind: kindSchema,
  role: roleSchema.describe("What it may do; a person's key never more than its maker may at the time"),
  user_id: z.string().describe("Who made it"),
  hint: z.string().describe("How it begins"),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable().describe("To the minute"),
  revoked_at: timestamp.nullable(),
};

export const keySchema = z.object(keyFields).openapi("ApiKey");
export type WireKey = z.output<typeof keySchema>;

const newKeySchema = z
  .object({ ...keyFields, key: z.string().describe("The key itself: shown this once, and kept nowhere") })
  .openapi("NewApiKey");

const createKeyBody = z
  .object({
    name: z.string().trim().min(1).max(MAX_NAME_CHARS).describe("Causes in the ledger name it"),
    role: roleSchema.describe("No more than the maker's own"),
    kind: kindSchema.default("person"),
    expires_at: z.iso.datetime({ offset: true }).nullish().describe("Null for a key that does not expire"),
  })
  .openapi("CreateApiKey");
export type CreateKey = z.output<typeof createKeyBody>;

/** Keys of programs: a bearer that opens the whole API, as far as its role goes. */
export const KEY_ENDPOINTS = [
  endpoint({
    id: "keys.create",
    method: "post",
    path: "/v1/keys",
    own: true,
    summary: "Make a key for a program; a service's needs an admin",
    body: createKeyBody,
    response: newKeySchema,
    status: 201,
  }),
  endpoint({
    id: "keys.list",
    method: "get",
    path: "/v1/keys",
    own: true,
    summary: "List keys, newest first: one's own, or an admin all of the organization's; revoked ones only if asked",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      include_revoked: z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).default(false),
    }),
    response: z.array(keySchema),
  }),
  endpoint({
    id: "keys.revoke",
    method: "delete",
    path: "/v1/keys/{key_id}",
    own: true,
    summary: "Revoke a key: from now on it opens nothing",
    params: z.object({ key_id: idSchema("key") }),
    response: null,
    status: 204,
  }),
] as const;
