import { z } from "@hono/zod-openapi";

/**
 * What a person or a key may do in an organization, from most to least: an owner all; an admin all but what makes owners;
 * an editor builds agents; a tester talks to agents and changes none; a viewer reads.
 */
export const ROLES = ["owner", "admin", "editor", "tester", "viewer"] as const;
export type Role = (typeof ROLES)[number];
export const roleSchema = z.enum(ROLES);

/** Whether who has the role `has` may do what needs `needs`. */
export const isAtLeast = (has: Role, needs: Role) => ROLES.indexOf(has) <= ROLES.indexOf(needs);
