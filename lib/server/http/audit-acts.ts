import type { Endpoint } from "@/lib/api/endpoint";
import { differenceOf, isSecretName, nameIn } from "../audit/difference";
import { beginEntry, type Ended, endEntry, type From, recordAct } from "../audit/entries";
import type { Actor, Core, Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { log } from "../core/log";

/** What a handler can say of its act that the request does not: who came, where nobody was known before. */
export type ActNote = { actor?: Actor; organizationId?: string; targetId?: string; problem?: string };

type Values = Record<string, unknown>;
type Read = (ctx: Ctx, params: Values, query: Values) => Promise<unknown>;
type Handler = (call: unknown) => Promise<unknown>;

const ID = /^[a-z_-]+-[0-9a-f-]{36}$/;

type ById = (ctx: Ctx, id: unknown) => Promise<Values[]>;

/** Of what has no endpoint that shows one: by the parameter that names it. */
const ROWS: Record<string, ById> = {
  key_id: (ctx, id) =>
    ctx.db.query(
      "SELECT name, kind, role, expires_at, revoked_at FROM api_key WHERE id = $1 AND organization_id = $2",
      [id, ctx.actor.organizationId],
    ),
  member_id: (ctx, id) =>
    ctx.db.query(
      `SELECT u.name, m.role, m.user_id FROM membership m JOIN app_user u ON u.id = m.user_id
       WHERE m.id = $1 AND m.organization_id = $2`,
      [id, ctx.actor.organizationId],
    ),
  invitation_id: (ctx, id) =>
    ctx.db.query(
      `SELECT COALESCE(email, 'whoever has the link') AS name, role, expires_at, withdrawn_at FROM invitation
       WHERE id = $1 AND organization_id = $2`,
      [id, ctx.actor.organizationId],
    ),
};

/**
 * How what an endpoint changes is looked at: by the GET whose path is the longest beginning of its own that names one
 * thing; null where there is none.
 */
export function readerFor(row: Endpoint, table: readonly Endpoint[], handlers: Record<string, Handler>): Read | null {
  const last = Array.from(row.path.matchAll(/\{(\w+)\}/g), (match) => match[1]!).at(-1);
  const byId = last === undefined ? undefined : ROWS[last];
  if (byId) return async (ctx, params) => (await byId(ctx, params[last!]))[0] ?? null;
  const reader = table
    .filter((one) => one.method === "get" && !one.streams && !one.deprecated && one.response && showsOne(one))
    .filter((one) => row.path === one.path || row.path.startsWith(`${one.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  if (!reader) return null;
  const handler = handlers[reader.id]!;
  return async (ctx, params, given) => {
    const names = new Set(Array.from(reader.path.matchAll(/\{(\w+)\}/g), (match) => match[1]!));
    const named = Object.fromEntries(Object.entries(params).filter(([name]) => names.has(name)));
    // What says of which thing it is may stand in the query, where both take it.
    const query = reader.path === row.path ? reader.query?.safeParse(given) : reader.query?.safeParse({});
    const answer = await handler({
      ctx: { ...ctx, answerHeaders: new Headers() },
      params: named,
      query: query?.success ? query.data : {},
    });
    return answer instanceof Response ? null : answer;
  };
}

/** Whether a path ends with what names one thing, or with settings of which there is one. */
const showsOne = ({ path }: Endpoint) => /\}$|\/settings$|^\/v1\/(account|limits)$/.test(path);

type Act = {
  core: Core;
  row: Endpoint;
  from: From;
  /** Null on the ways in, where nobody is known yet. */
  actor: Actor | null;
  params: Values;
  query?: Values;
  note: ActNote;
};

/** A token in an address opens something: it is no name of anything. */
function targetIn(row: Endpoint, params: Values): string | null {
  const names = Array.from(row.path.matchAll(/\{(\w+)\}/g), (match) => match[1]!);
  const shown = names.filter((name) => !isSecretName(name) && typeof params[name] === "string");
  return (params[shown.at(-1) ?? ""] as string | undefined) ?? null;
}

/** Keeps that a request was not allowed to do what it asked. */
export async function recordRefusal({ core, row, from, actor, params }: Act, error: ApiError): Promise<void> {
  await recordAct(
    core,
    { operation: row.id, from, actor, targetId: targetIn(row, params) },
    { outcome: "refused", problem: error.code },
  );
}

/**
 * Does something so that the audit has it: the entry is kept before anything is done, and completed afterwards. Without the
 * first nothing is done. What is cut short between the two stands there without an outcome. On the ways in, where nobody is
 * known before, all of it is kept afterwards. The difference is between
 * what was read right before and right after: what others change in between is in it, too.
 */
export async function audited<T>(act: Act, read: Read | null, ctx: Ctx, work: () => Promise<T>): Promise<T> {
  const { core, row, from, actor, params, note } = act;
  const look = async () => (read && !note.actor ? await read(ctx, params, act.query ?? {}).catch(() => null) : null);
  const before = await look();
  const begun = { operation: row.id, from, actor, targetId: targetIn(row, params) };
  const id = actor && (await beginEntry(core, begun));
  const end = async (ended: Ended) => {
    try {
      await endEntry(core, id ?? (await beginEntry(core, begun)), { ...note, actor: note.actor ?? actor, ...ended });
    } catch (error) {
      log.error(
        { err: error, operation: row.id, actor: actor?.userId },
        "an entry of the audit could not be completed",
      );
    }
  };
  let reply: T;
  try {
    reply = await work();
  } catch (error) {
    const code = error instanceof ApiError ? error.code : "unexpected";
    // Who comes and guesses too often is told so, without a row for each try.
    if (actor !== null || code !== "too-many")
      await end({
        outcome: code === "forbidden" || code === "unauthorized" ? "refused" : "failed",
        problem: code,
        targetName: nameOf(row, before),
      });
    throw error;
  }
  if (note.problem !== undefined || isRefusal(reply)) {
    await end({ outcome: "refused", problem: note.problem ?? "wrong-password" });
    return reply;
  }
  const made = madeBy(row, reply, params);
  const after = made ?? (await look());
  await end({
    outcome: "done",
    targetId: made && typeof made.id === "string" ? made.id : (note.targetId ?? null),
    targetName: nameOf(row, after) ?? nameOf(row, before),
    difference: row.method === "get" ? [] : differenceOf(made ? null : before, after, isPersonal(row)),
  });
  return reply;
}

/** What is kept of a person that agents talk with is erased where it is kept: an audit holds ids alone. */
const isPersonal = ({ id }: Endpoint) => id.startsWith("identities.");
const nameOf = (row: Endpoint, value: unknown) => (isPersonal(row) ? null : nameIn(value));

/** Answers by which a wrong password is told. */
function isRefusal(reply: unknown): boolean {
  if (typeof reply !== "object" || reply === null) return false;
  return (reply as Values).signed_in === false || (reply as Values).changed === false;
}

/** What a request has made: an answer with an id that the request did not name. */
function madeBy(row: Endpoint, reply: unknown, params: Values): Values | null {
  if (row.method !== "post" && row.method !== "put") return null;
  if (typeof reply !== "object" || reply === null || Array.isArray(reply)) return null;
  const { id } = reply as Values;
  if (typeof id !== "string" || !ID.test(id) || Object.values(params).includes(id)) return null;
  return reply as Values;
}
