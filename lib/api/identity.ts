import { z } from "@hono/zod-openapi";
import { jsonObject } from "./common";
import { shortText } from "./fields";

export const identityType = z.enum(["org", "user", "other"]).openapi("IdentityType");

export const propertySchema = z
  .object({
    key: shortText,
    value: z.union([z.string(), z.number(), z.boolean(), jsonObject]),
    type: z.enum(["string", "number", "boolean", "json"]),
  })
  .openapi("IdentityProperty");
export type WireProperty = z.output<typeof propertySchema>;

/** Whom an agent serves or a block is about: a person, an organization, anything with a key of the client's own. */
export const identitySchema = z
  .object({
    id: z.string(),
    identifier_key: z.string(),
    name: z.string(),
    identity_type: identityType,
    project_id: z.string().nullable(),
    agent_ids: z.array(z.string()),
    block_ids: z.array(z.string()),
    properties: z.array(propertySchema),
  })
  .openapi("Identity");
export type WireIdentity = z.output<typeof identitySchema>;
