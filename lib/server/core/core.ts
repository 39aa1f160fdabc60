import type { AccessPolicy } from "@/lib/api/access-tokens";
import { isAtLeast, type Role } from "@/lib/api/roles";
import type { Cause } from "@/lib/engine/cause";
import type { Config } from "../config/env";
import type { EventHub } from "./events";
import type { Relay } from "./relay";

/**
 * What the one server process holds. There is one, on `globalThis`, because Next loads a module more than once. A room
 * that gives the others something (a database, models, a queue) declares here what, beside that port of its own
 * (`declare module "../core/core"`), so that this room knows none of them.
 */
export interface Core {
  config: Config;
  events: EventHub;
  /** To the other servers of the same database. */
  relay: Relay;
  /** The clock: pinned while a past is made, real otherwise. */
  now(): Date;
  /** Milliseconds from a fixed point, for durations: pinned and real as `now`. */
  monotonic(): number;
}

/** Who calls: every query goes through their organization. */
export type Actor = {
  organizationId: string;
  userId: string;
  /** Of a client-side access token: all that may be done, and secrets are not shown. */
  policy?: AccessPolicy;
  /** Of a browser that is signed in. */
  sessionId?: string;
  /** What may be asked of the API; all, where it is absent: the server itself, and who has its password. */
  role?: Role;
  /** What a request came through, and what that, or the person, is called; null where nobody has a name. */
  through?: { kind: "editor" | "key"; name: string | null };
  /** Of the key or the access token that a request came with. */
  credentialId?: string;
  /** Who really asks, where that is for another user. */
  byUserId?: string;
};

/** Whether the actor sees values that open something elsewhere: an agent's secrets. */
export const maySeeSecrets = ({ policy, role }: Actor) => !policy && (role === undefined || isAtLeast(role, "editor"));

/** A core on behalf of an actor: the first argument of every procedure. */
export type Ctx = Core & {
  actor: Actor;
  /** The run of tests that agents are made for by now: they are in no list, and go with it. */
  suiteRunId?: string;
  /** Of a request: headers of its answer, for what the contract's body has no room for. */
  answerHeaders?: Headers;
  /** What a run that is started now belongs to, for who observes it. */
  cause?: TraceCause;
};

/** A trace of others, by the header `traceparent`, or the run because of which another begins. */
export type TraceCause = { traceparent: string | null; runId?: undefined } | { runId: string; traceparent?: undefined };

export const DEFAULT_ACTOR: Actor = {
  organizationId: "org-00000000-0000-4000-8000-000000000000",
  userId: "user-00000000-0000-4000-8000-000000000000",
};

/** That the actor did it: a person in Memoir's own pages, or a program. */
export function apiCause(ctx: Ctx): Cause {
  const { userId, through } = ctx.actor;
  const cause: Cause = { kind: through?.kind === "editor" ? "user" : "api", actor: userId };
  return through?.name == null ? cause : { ...cause, name: through.name };
}
