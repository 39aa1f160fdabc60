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

/** @throws ApiError `forbidden` for who has a role that is not enough. */
export function requireRole(actor: Actor, row: Pick<Endpoint, "id">): void {
  const { role } = actor;
  if (role === undefined) return;
  const need: Need = ROLE_ACCESS[row.id as EndpointId];
  if (need === "operator") {
    if (isOperator(actor)) return;
    throw refused(row.id, role, "who runs this server (its password, or the owner of its first organization)");
  }
  if (!isAtLeast(role, need)) throw refused(row.id, role, need);
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
