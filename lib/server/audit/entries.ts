import type { WireAuditChange } from "@/lib/api/audit";
import { accessModeOf } from "../config/access-mode";
import type { Actor, Core } from "../core/core";
import { newId } from "../core/ids";
import { storableJson } from "../db/json";

/** What an entry is written with: also a command has it, that opens nothing but the database. */
type Writer = Pick<Core, "config" | "db" | "now">;

/** Where a request came from. */
export type From = { address: string; userAgent: string | null; requestId: string | null };

export type Begun = { operation: string; from: From; actor: Actor | null; targetId: string | null };

export type Ended = {
  outcome: "done" | "refused" | "failed";
  /** Who came, where that was not known before. */
  actor?: Actor | null;
  /** In whose audit an act of nobody stands. */
  organizationId?: string;
  /** Who can start the server, by a command. */
  isLocal?: boolean;
  problem?: string | null;
  targetId?: string | null;
  targetName?: string | null;
  difference?: readonly WireAuditChange[];
};

const MAX_AGENT_CHARS = 300;
const MAX_TARGET_CHARS = 255;
const plain = (text: string | null | undefined, most: number) =>
  text?.replaceAll("\0", "").toWellFormed().slice(0, most) || null;

type Who = { kind: string; id: string | null; name: string | null; role: string | null; credential: string | null };

/** Who an actor is, as an audit says it. */
function whoIs(core: Writer, actor: Actor): Who & { behalf: string | null } {
  const { userId, byUserId, role, through, sessionId, credentialId, policy } = actor;
  const kind = policy
    ? "token"
    : through?.kind === "key"
      ? "key"
      : role !== undefined
        ? "person"
        : accessModeOf(core.config) === "alone"
          ? "local"
          : "password";
  return {
    kind,
    id: byUserId ?? userId,
    name: through?.name ?? null,
    role: role ?? null,
    credential: credentialId ?? sessionId ?? null,
    behalf: byUserId === undefined ? null : userId,
  };
}

/** Keeps that something is about to be done. @returns the entry's id, by which it is completed. */
export async function beginEntry(core: Writer, { operation, from, actor, targetId }: Begun): Promise<string> {
  const id = newId("audit");
  const who = actor && whoIs(core, actor);
  await core.db.query(
    {
      name: "begin_audit",
      text: `INSERT INTO audit_entry (id, organization_id, created_at, operation, resource, address, user_agent, request_id,
               actor_kind, actor_id, actor_name, actor_role, credential_id, on_behalf_of, target_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    },
    [
      id,
      actor?.organizationId ?? null,
      core.now(),
      operation,
      operation.split(".")[0],
      from.address,
      plain(from.userAgent, MAX_AGENT_CHARS),
      from.requestId,
      who?.kind ?? null,
      who?.id ?? null,
      who?.name ?? null,
      who?.role ?? null,
      who?.credential ?? null,
      who?.behalf ?? null,
      plain(targetId, MAX_TARGET_CHARS),
    ],
  );
  return id;
}

/** Completes an entry, once: what it says already stays. */
export async function endEntry(core: Writer, id: string, ended: Ended): Promise<void> {
  const who = ended.actor ? whoIs(core, ended.actor) : null;
  await core.db.query(
    {
      name: "end_audit",
      text: `UPDATE audit_entry SET outcome = $2, ended_at = $3, problem = $4, difference = $5::jsonb,
               target_id = COALESCE(target_id, $6), target_name = $7,
               organization_id = COALESCE(organization_id, $8), actor_kind = COALESCE(actor_kind, $9),
               actor_id = COALESCE(actor_id, $10), actor_name = COALESCE(actor_name, $11),
               actor_role = COALESCE(actor_role, $12), credential_id = COALESCE(credential_id, $13)
             WHERE id = $1 AND outcome IS NULL`,
    },
    [
      id,
      ended.outcome,
      core.now(),
      ended.problem ?? null,
      ended.difference?.length ? storableJson(ended.difference) : null,
      plain(ended.targetId, MAX_TARGET_CHARS),
      plain(ended.targetName, MAX_TARGET_CHARS),
      ended.actor?.organizationId ?? ended.organizationId ?? null,
      who?.kind ?? (ended.isLocal ? "local" : "nobody"),
      who?.id ?? null,
      who?.name ?? null,
      who?.role ?? null,
      who?.credential ?? null,
    ],
  );
}

/** Keeps what has been done, in one: for what no request asked for. */
export async function recordAct(core: Writer, begun: Begun, ended: Ended): Promise<void> {
  await endEntry(core, await beginEntry(core, begun), ended);
}
