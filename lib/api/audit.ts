import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime } from "./fields";
import { roleSchema } from "./roles";

export const ACTOR_KINDS = ["person", "key", "token", "password", "local", "nobody"] as const;
export const OUTCOMES = ["done", "refused", "failed"] as const;

const changeSchema = z
  .object({
    field: z.string().describe("Where it is in the resource, as a path with dots"),
    before: z.unknown().describe("Null where there was nothing; secrets and texts are said to be there, not shown"),
    after: z.unknown(),
  })
  .openapi("AuditChange");
export type WireAuditChange = z.output<typeof changeSchema>;

export const auditEntrySchema = z
  .object({
    id: idSchema("audit"),
    created_at: timestamp,
    operation: z.string().describe("The endpoint's operationId, or a command of the server"),
    resource: z.string().describe("The operation's first word"),
    actor: z.object({
      kind: z
        .enum(ACTOR_KINDS)
        .describe("password: who has the server's; local: who sits at a server without sign-in; nobody: not signed in"),
      id: z.string().nullable().describe("The user, or whose key or token it was"),
      name: z.string().nullable().describe("Of the person or the key, at that time"),
      role: roleSchema.nullable().describe("At that time; null for one that may do all"),
      credential_id: z.string().nullable().describe("The session, key or token"),
      on_behalf_of: z.string().nullable().describe("For which other user it was done"),
    }),
    address: z.string().describe("Where the request came from"),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable().describe("As in the answer's header x-request-id, and in the log"),
    target: z.object({ id: z.string().nullable(), name: z.string().nullable() }),
    outcome: z
      .enum(OUTCOMES)
      .nullable()
      .describe("refused: it may not be done, or by a wrong password; null while it is done, or if that was cut short"),
    problem: z.string().nullable().describe("The kind of error that ended it"),
    difference: z.array(changeSchema),
  })
  .openapi("AuditEntry");
export type WireAuditEntry = z.output<typeof auditEntrySchema>;

const filters = {
  actor_id: z.string().max(255).nullish().describe("Done by this user, or by a key of theirs"),
  resource: z.string().max(100).nullish().describe("E.g. agents, keys, members, sessions"),
  operation: z.string().max(100).nullish(),
  target_id: z.string().max(255).nullish(),
  outcome: z.enum(OUTCOMES).nullish(),
  start_date: dateTime.nullish().describe("Begun then or later"),
  end_date: dateTime.nullish().describe("Begun then or earlier"),
};
export type AuditFilter = z.output<z.ZodObject<typeof filters>>;

/** The fewest days that entries are kept; the database holds to it as well. */
export const LEAST_AUDIT_DAYS = 30;

const settingsSchema = z
  .object({
    retention_days: z
      .number()
      .int()
      .min(LEAST_AUDIT_DAYS)
      .max(36_500)
      .nullable()
      .describe("Entries go when they are older; null keeps them for ever"),
  })
  .openapi("AuditSettings");

/** Who did what, when and from where: for owners and admins. */
export const AUDIT_ENDPOINTS = [
  endpoint({
    id: "audit.list",
    method: "get",
    path: "/v1/audit",
    own: true,
    summary: "List who changed what, when and from where, newest first",
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...filters }),
    response: z.array(auditEntrySchema),
  }),
  endpoint({
    id: "audit.export",
    method: "get",
    path: "/v1/audit/export",
    own: true,
    summary: "All entries that a filter finds, oldest first, as a JSON list or as CSV",
    query: z.object({ format: z.enum(["json", "csv"]).default("json"), ...filters }),
    response: z.array(auditEntrySchema).describe("With format=csv, a table of text/csv"),
  }),
  endpoint({
    id: "audit.settings.retrieve",
    method: "get",
    path: "/v1/audit/settings",
    own: true,
    summary: "How long the audit is kept",
    response: settingsSchema,
  }),
  endpoint({
    id: "audit.settings.update",
    method: "put",
    path: "/v1/audit/settings",
    own: true,
    summary: "Say how long the audit is kept, 30 days at least",
    body: settingsSchema,
    response: settingsSchema,
  }),
] as const;
