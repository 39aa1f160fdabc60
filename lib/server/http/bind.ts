import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Body, Endpoint, Form, Params, Query, Reply } from "@/lib/api/endpoint";
import { overBounds, REQUEST_LIMITS } from "@/lib/api/limits";
import type { Core, Ctx } from "../core/core";
import { ApiError, invalid } from "../core/errors";
import { countRequest } from "../fair-use/limits";
import { type ActNote, audited, readerFor, recordRefusal } from "./audit-acts";
import { isAudited, isCompared } from "./audit-table";
import { actorOf, isUnknown, visitorOf } from "./auth";
import { readJson } from "./body";
import { readForm } from "./form";
import { addressOfVisitor, type Visitor } from "./gate";
import { mayBeUnstorable, parseJsonBody } from "./json-body";
import { isLarge, largeJson } from "./large-json";
import { requireFields, requireRole } from "./role-access";
import { requireAccess, requireGrantable } from "./token-access";

/** What a procedure is called with: who asks, and the request's parts, parsed. */
export type Call<E extends Endpoint> = {
  ctx: Ctx;
  params: Params<E>;
  query: Query<E>;
  body: Body<E>;
  form: Form<E>;
  request: Request;
  /** Who sent it, as the door sees them. */
  visitor: Visitor;
  /** What the audit is to say of it. */
  note: ActNote;
};

/** A procedure answers with the wire form of its reply, or with a `Response` of its own (a stream). */
export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<Reply<E> | Response> | Reply<E> | Response;

/** Handlers of a table of endpoints, by id: one each, or the types don't fit. */
export type Handlers<Table extends readonly Endpoint[]> = { [E in Table[number] as E["id"]]: Handler<E> };

/** Puts a table of endpoints and their handlers on the app. */
export function bindEndpoints<const Table extends readonly Endpoint[]>(
  app: OpenAPIHono,
  core: Core,
  table: Table,
  handlers: Handlers<Table>,
): void {
  for (const row of table) {
    const handler = handlers[row.id as keyof Handlers<Table>] as unknown as (call: unknown) => Promise<unknown>;
    const inAudit = isAudited(row);
    const read = inAudit && isCompared(row) ? readerFor(row, table, handlers as never) : null;
    app.on(row.method.toUpperCase(), routesOf(row.path), async (c) => {
      c.set("route", row.path);
      const actor = actorOf(c);
      const visitor = visitorOf(c);
      const note: ActNote = {};
      const from = {
        address: addressOfVisitor(core, visitor),
        userAgent: visitor.header("user-agent") ?? null,
        requestId: c.get("requestId") ?? null,
      };
      const act = { core, row, from, actor: isUnknown(c) ? null : actor, params: c.req.param(), note };
      /** What is refused to somebody stands in the audit as well. */
      const judged = async (judge: () => void | Promise<void>) => {
        try {
          await judge();
        } catch (error) {
          if (inAudit && error instanceof ApiError && error.code === "forbidden") await recordRefusal(act, error);
          throw error;
        }
      };
      await judged(() => {
        if (actor.policy) requireGrantable(row);
        requireRole(actor, row);
      });
      if (!isUnknown(c) && !row.id.startsWith("limits.")) await countRequest({ ...core, actor });
      const params = row.params ? parse(row.params, c.req.param()) : {};
      const query = row.query ? parse(row.query, queryOf(c)) : {};
      const body = row.body ? parseBody(row, await readJson(c.req.raw, core.config.limits.bodyBytes)) : undefined;
      const call = {
        ctx: {
          ...core,
          actor,
          answerHeaders: new Headers(),
          cause: { traceparent: c.req.header("traceparent") ?? null },
        },
        params,
        query,
        body: body?.value,
        form: row.form ? parse(row.form, await readForm(c.req.raw, core.config.limits.uploadBytes)) : undefined,
        request: c.req.raw,
        visitor,
        note,
      };
      refuseUnstorable([call.params, call.query, body?.isPlain ? null : call.body, call.form]);
      await judged(async () => {
        if (actor.policy) await requireAccess(call.ctx, row, call);
        requireFields(actor, row, call.body);
      });
      const work = async () => handler(call);
      const reply = inAudit
        ? await audited(
            { ...act, params: call.params as Record<string, unknown>, query: call.query as Record<string, unknown> },
            read,
            call.ctx,
            work,
          )
        : await work();
      if (reply instanceof Response) return reply;
      for (const [name, value] of call.ctx.answerHeaders) c.header(name, value);
      if (row.status === 204) return c.body(null, 204);
      return isLarge(reply) ? largeJson(reply, row.status ?? 200) : c.json(reply ?? null, row.status ?? 200);
    });
  }
}

/** `/v1/x/{id}` in the words of the router, `/v1/x/:id`, and its twin under `/latest`. */
export function routesOf(path: string): string[] {
  const route = path.replaceAll(/\{(\w+)\}/g, ":$1");
  return [route, route.replace(/^\/v1/, "/latest")];
}

/** Query parameters: a text where one was given, a list where it was repeated. */
function queryOf(c: Context): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([key, values]) => [key, values.length === 1 ? values[0]! : values]),
  );
}

/** @throws ApiError `invalid` naming each field that is wrong. */
function parse(schema: z.ZodType, value: unknown): unknown {
  const over = overBounds(schema, value);
  if (over) throw invalid(over);
  // As `safeParse`, which makes a whole of every issue: only the first are told.
  const parsed = schema._zod.run({ value, issues: [] }, { async: false });
  if (parsed instanceof Promise) throw new Error("a schema of the contract is asynchronous");
  if (parsed.issues.length === 0) return parsed.value;
  const told = parsed.issues.slice(0, REQUEST_LIMITS.issues);
  const error = new z.ZodError(told.map((issue) => z.core.util.finalizeIssue(issue, undefined, z.core.config())));
  throw invalid(describeIssues(error, parsed.issues.length));
}

/**
 * Validates a JSON body.
 *
 * @throws ApiError `invalid` naming each field that is wrong.
 */
function parseBody(row: Endpoint, text: string): { value: unknown; isPlain: boolean } {
  let json: unknown = {};
  if (text.trim() !== "") json = parseJsonBody(text);
  else if (!row.bodyOptional) throw invalid("Request body is required");
  const value = parse(row.body!, json ?? (row.bodyOptional ? {} : json));
  return { value, isPlain: !mayBeUnstorable(text) };
}

/** What is wrong, up to `REQUEST_LIMITS.issues` times, and how much more there is. */
export function describeIssues(error: z.ZodError, count = error.issues.length): string {
  const told = error.issues
    .slice(0, REQUEST_LIMITS.issues)
    .map((issue) => (issue.path.length ? `${issue.path.map(String).join(".")}: ${issue.message}` : issue.message));
  const more = count - told.length;
  return told.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

const MAX_DEPTH = 200;

/** @throws ApiError for what Postgres has no place for: NUL, half of a surrogate pair, nesting without end. */
function refuseUnstorable(value: unknown, depth = 0): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw invalid("Text must not contain NUL characters");
    if (!value.isWellFormed()) throw invalid("Text must not contain half of a surrogate pair");
    return;
  }
  if (!value || typeof value !== "object" || value instanceof Uint8Array) return;
  if (depth > MAX_DEPTH) throw invalid(`Values must not be nested more than ${MAX_DEPTH} deep`);
  for (const [key, item] of Object.entries(value)) {
    refuseUnstorable(key, depth);
    refuseUnstorable(item, depth + 1);
  }
}
