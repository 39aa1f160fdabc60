import type { WirePermissions } from "@/lib/api/account";
import type { Endpoint } from "@/lib/api/endpoint";
import { isAtLeast, type Role } from "@/lib/api/roles";
import { type Actor, DEFAULT_ACTOR } from "../core/core";
import { ApiError } from "../core/errors";
import { type Need, ROLE_ACCESS } from "./role-table";
import { FIELD_ACCESS } from "./token-access";

type EndpointId = keyof typeof ROLE_ACCESS;

/**
 * Fields of a message that make an agent another one for a moment, or send its words elsewhere: they need who builds
 * agents. A chat completion names the agent itself as its model.
 */
const BUILDING_FIELDS = Object.keys(FIELD_ACCESS);
const NAMES_AGENT_AS_MODEL: readonly string[] = ["chat.completions.create", "voice.chat.completions.create"];

/** Whether the actor may act for other users of the organization, by the header `user_id`. */
export const mayActForOthers = ({ role }: Actor) => role === undefined || isAtLeast(role, "admin");

/** Whether the actor runs this server; see `Need`. */
export const isOperator = ({ role, organizationId }: Actor) =>
  role === undefined || (role === "owner" && organizationId === DEFAULT_ACTOR.organizationId);

/** Whether the actor's role is enough for an endpoint. */
function mayDo(actor: Actor, id: EndpointId): boolean {
  const { role } = actor;
  if (role === undefined) return true;
  const need: Need = ROLE_ACCESS[id];
  return need === "operator" ? isOperator(actor) : isAtLeast(role, need);
}

/** @throws ApiError `forbidden` for who has a role that is not enough. */
export function requireRole(actor: Actor, row: Pick<Endpoint, "id">): void {
  const id = row.id as EndpointId;
  if (actor.role === undefined || mayDo(actor, id)) return;
  const need: Need = ROLE_ACCESS[id];
  const who =
    need === "operator" ? "who runs this server (its password, or the owner of its first organization)" : need;
  throw refused(id, actor.role, who);
}

/** What the actor may do, as `requireRole` judges it: pages show what one may not as such. */
export function permissionsOf(actor: Actor): WirePermissions {
  const ids = Object.keys(ROLE_ACCESS) as EndpointId[];
  return {
    role: actor.role ?? null,
    operations: ids.filter((id) => mayDo(actor, id)),
    refused: ids.filter((id) => !mayDo(actor, id)),
  };
}

/** @throws ApiError `forbidden` for a message of a tester that sets what only builders may. */
export function requireFields({ role }: Actor, row: Pick<Endpoint, "id">, body: unknown): void {
  if (role === undefined || isAtLeast(role, "editor") || typeof body !== "object" || body === null) return;
  if (NAMES_AGENT_AS_MODEL.includes(row.id)) return;
  const given = body as Record<string, unknown>;
  const field = BUILDING_FIELDS.find((name) => given[name] != null);
  if (field) throw new ApiError("forbidden", `The role ${role} can't set ${field}: that needs editor`);
}

function refused(id: string, role: Role, need: string): ApiError {
  return new ApiError("forbidden", `The role ${role} may not do this: ${id} needs ${need}`);
}
