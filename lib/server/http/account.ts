import type { ACCOUNT_ENDPOINTS } from "@/lib/api/account";
import {
  changePassword,
  createFirstAccount,
  createOwnOrganization,
  getAccount,
  hasAccounts,
  isOwnPassword,
  renameAccount,
} from "../accounts/accounts";
import { firstMembership } from "../accounts/memberships";
import { resetPassword } from "../accounts/password-resets";
import { hashOfPassword } from "../accounts/passwords";
import { plainCode, setUpCode } from "../accounts/set-up-code";
import { isLoopback, parseHost } from "../config/host-names";
import type { Core } from "../core/core";
import { badRequest, conflict } from "../core/errors";
import { log } from "../core/log";
import type { Handlers } from "./bind";
import { letIn, requireOwnPage } from "./entry";
import { addressOfVisitor, type Gate, sameText, type Visitor } from "./gate";
import { permissionsOf } from "./role-access";

/** @throws ApiError `bad-request` for a server that runs otherwise. */
export function requireAccounts(gate: Gate): void {
  if (gate.mode !== "accounts") throw badRequest("This server has no accounts: start it with MEMOIR_AUTH=accounts");
}

/** Whether a visitor is a person at this machine: neither the settings, nor the name, nor a proxy say otherwise. */
function isAtThisMachine(core: Core, { header, socket }: Visitor): boolean {
  const isProxied = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].some((name) => header(name) != null);
  const name = parseHost(header("host") ?? "")?.name;
  const peer = socket?.remoteAddress?.replace(/^::ffff:/i, "");
  return (
    core.config.localOnly &&
    !isProxied &&
    name !== undefined &&
    isLoopback(name) &&
    (peer === undefined || isLoopback(peer))
  );
}

/** One's own account, and the first of all. */
export function accountHandlers(core: Core, gate: Gate): Handlers<typeof ACCOUNT_ENDPOINTS> {
  return {
    "account.create": async ({ body, visitor, note }) => {
      requireAccounts(gate);
      requireOwnPage(core, visitor);
      if (await hasAccounts(core)) throw conflict("There is an account already: sign in, or ask for an invitation");
      const { code, name, email, password } = body;
      const isKnown =
        isAtThisMachine(core, visitor) ||
        (code != null &&
          (await gate.weighs(visitor, async () => sameText(plainCode(code), plainCode(setUpCode(core))))));
      if (!isKnown) return { signed_in: false, session: null };
      const person = { name, email, passwordHash: await hashOfPassword(password) };
      const actor = await createFirstAccount(core, person);
      log.info({ user: actor.userId, address: addressOfVisitor(core, visitor) }, "the first account was made");
      const { session, headers } = await letIn(core, gate, visitor, note, actor);
      return Response.json({ signed_in: true, session }, { headers });
    },
    "account.retrieve": ({ ctx }) => getAccount(ctx),
    "permissions.retrieve": ({ ctx }) => permissionsOf(ctx.actor),
    "account.update": ({ ctx, body }) => renameAccount(ctx, body.name),
    "account.changePassword": async ({ ctx, body, visitor }) => {
      requireAccounts(gate);
      if (!(await gate.weighs(visitor, () => isOwnPassword(ctx, body.current_password)))) return { changed: false };
      gate.streams.end(await changePassword(ctx, body.new_password));
      return { changed: true };
    },
    "account.resetPassword": async ({ body, visitor, note }) => {
      requireAccounts(gate);
      requireOwnPage(core, visitor);
      const { userId, ended } = await resetPassword(core, body.token, body.password);
      gate.streams.end(ended);
      log.info({ user: userId, address: addressOfVisitor(core, visitor) }, "a password was set by a link");
      const actor = await firstMembership(core, userId);
      if (!actor) return { signed_in: false, session: null };
      const { session, headers } = await letIn(core, gate, visitor, note, actor);
      return Response.json({ signed_in: true, session }, { headers });
    },
    "account.organizations.create": ({ ctx, body }) => createOwnOrganization(ctx, body.name),
  };
}
