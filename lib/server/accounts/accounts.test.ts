import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Role } from "@/lib/api/roles";
import { readConfig } from "../config/env";
import { type Actor, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { openTestCore, type TestCore } from "../testing/harness";
import {
  accountOf,
  changePassword,
  createFirstAccount,
  createOwnOrganization,
  getAccount,
  hasAccounts,
} from "./accounts";
import {
  acceptInvitation,
  createInvitation,
  listInvitations,
  lookUpInvitation,
  withdrawInvitation,
} from "./invitations";
import { createKey, findKey } from "./keys";
import { listMembers, removeMember, updateMember } from "./members";
import { firstMembership, roleIn } from "./memberships";
import { makeMemberReset, makeResetOf, resetPassword } from "./password-resets";
import { hashOfPassword } from "./passwords";
import { createSession, findSession, listSessions, stillOpen, switchOrganization } from "./sessions";
import { deleteUser } from "./users";

const PASSWORD = "a password of one's own";
const SEEN = { address: "203.0.113.7", userAgent: "Test" };
const PAGE = { limit: 50, order: "asc", order_by: "created_at" } as const;
const HOUR_MS = 60 * 60_000;

let t: TestCore;
let later = 0;
let hash: string;
let n = 0;
beforeAll(async () => {
  let last = 0;
  t = await openTestCore({
    config: readConfig({ MEMOIR_SEED: "off", MEMOIR_AUTH: "accounts" }),
    now: () => {
      last = Math.max(Date.now(), last + 1);
      return new Date(last + later);
    },
  });
  hash = await hashOfPassword(PASSWORD);
});
afterAll(() => t?.close());

const person = (name: string) => ({ name, email: `${name}-${++n}@example.com`, passwordHash: hash });
const as = (actor: Actor): Ctx => ({ ...t.core, actor });
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { code?: string }) => error.code,
  );
const outcomes = async (works: Promise<unknown>[]) =>
  (await Promise.allSettled(works)).map((one) => (one.status === "fulfilled" ? "done" : one.reason.code)).toSorted();

let owner: Actor;
beforeEach(async () => {
  later = 0;
  for (const table of ["account", "membership", "invitation", "password_reset", "web_session"]) {
    await t.core.db.query(`DELETE FROM ${table}`);
  }
  owner = await createFirstAccount(t.core, person("olga"));
});

async function invited(role: Role, by: Actor = owner): Promise<Actor> {
  const { token } = await createInvitation(as(by), { role, expires_in_days: 7 });
  return acceptInvitation(t.core, token, { person: person(role) });
}

const memberOf = async (actor: Actor) =>
  (await listMembers(as(owner), PAGE)).find((member) => member.user_id === actor.userId)!;
const signIn = async (actor: Actor) => (await createSession(t.core, SEEN, actor)).token;
const seen = (token: string) => findSession(t.core, token, SEEN);

describe("the first account", () => {
  test("owns the default organization; of several at once one is made, and none after it", async () => {
    await t.core.db.query("DELETE FROM account");
    await t.core.db.query("DELETE FROM membership");
    expect(await hasAccounts(t.core)).toBe(false);
    const works = [1, 2, 3, 4].map((i) => createFirstAccount(t.core, person(`first-${i}`)));
    expect(await outcomes(works)).toEqual(["conflict", "conflict", "conflict", "done"]);
    expect(await failure(createFirstAccount(t.core, person("late")))).toBe("conflict");
    const rows = await t.core.db.query("SELECT organization_id, role FROM membership");
    expect(rows).toEqual([{ organization_id: DEFAULT_ACTOR.organizationId, role: "owner" }]);
    expect(await t.core.db.query("SELECT 1 FROM account")).toHaveLength(1);
    expect(await hasAccounts(t.core)).toBe(true);
  });

  test("is found by its password alone, and what is kept of that is a salted hash", async () => {
    const { email } = await getAccount(as(owner));
    expect(await accountOf(t.core, email, PASSWORD)).toMatchObject({ userId: owner.userId });
    expect(await accountOf(t.core, email, `${PASSWORD}!`)).toBeNull();
    expect(await accountOf(t.core, "nobody@example.com", PASSWORD)).toBeNull();
    expect(await hashOfPassword(PASSWORD)).not.toBe(hash);
    expect(hash).not.toContain(PASSWORD);
  });
});

describe("an invitation", () => {
  test("makes one member of many who use it at once, and says afterwards that it was used", async () => {
    const { token } = await createInvitation(as(owner), { role: "editor", expires_in_days: 7 });
    const works = [1, 2, 3, 4].map((i) => acceptInvitation(t.core, token, { person: person(`friend-${i}`) }));
    expect(await outcomes(works)).toEqual(["done", "expired", "expired", "expired"]);
    expect((await listMembers(as(owner), PAGE)).map((member) => member.role)).toEqual(["owner", "editor"]);
    expect(await t.core.db.query("SELECT 1 FROM account")).toHaveLength(2);
    expect((await lookUpInvitation(t.core, token))?.status).toBe("accepted");
  });

  test("that is over or withdrawn opens nothing, and says so; of an unknown token nothing is told", async () => {
    const [old, withdrawn] = await Promise.all(
      [1, 2].map(() => createInvitation(as(owner), { role: "viewer", expires_in_days: 1 })),
    );
    await withdrawInvitation(as(owner), withdrawn!.invitation.id);
    later = 24 * HOUR_MS + 1000;
    const comer = { person: person("late") };
    expect(await failure(acceptInvitation(t.core, old!.token, comer))).toBe("expired");
    expect(await failure(acceptInvitation(t.core, withdrawn!.token, comer))).toBe("expired");
    expect(await failure(acceptInvitation(t.core, "made up", comer))).toBe("not-found");
    const listed = await listInvitations(as(owner), PAGE);
    expect(listed.map((one) => one.status).toSorted()).toEqual(["expired", "withdrawn"]);
    expect((await lookUpInvitation(t.core, old!.token))?.status).toBe("expired");
    expect(await lookUpInvitation(t.core, "made up")).toBeNull();
  });

  test("is kept as a hash, has no role above its maker's, and is made and seen by owners and admins alone", async () => {
    const { token } = await createInvitation(as(owner), { role: "owner", expires_in_days: 7 });
    expect(JSON.stringify(await t.core.db.query("SELECT * FROM invitation"))).not.toContain(token);
    const roles: Role[] = ["admin", "editor", "tester", "viewer"];
    for (const role of roles) {
      const actor = await invited(role);
      const make = (given: Role) => failure(createInvitation(as(actor), { role: given, expires_in_days: 7 }));
      const isAdmin = role === "admin";
      expect([role, await make("owner"), await make(role)]).toEqual([role, "forbidden", isAdmin ? null : "forbidden"]);
      expect(await failure(listInvitations(as(actor), PAGE))).toBe(isAdmin ? null : "forbidden");
    }
  });

  test("for an email is for that one; a member's email can't be invited, nor can a member join again", async () => {
    const guest = person("guest");
    const { token } = await createInvitation(as(owner), { email: guest.email, role: "viewer", expires_in_days: 7 });
    expect(await failure(acceptInvitation(t.core, token, { person: person("thief") }))).toBe("forbidden");
    const actor = await acceptInvitation(t.core, token, { person: guest });
    const again = { email: guest.email, role: "owner", expires_in_days: 7 } as const;
    expect(await failure(createInvitation(as(owner), again))).toBe("conflict");
    const other = await createInvitation(as(owner), { role: "owner", expires_in_days: 7 });
    const comer = { userId: actor.userId, email: guest.email };
    expect(await failure(acceptInvitation(t.core, other.token, comer))).toBe("conflict");
    expect(await roleIn(t.core, owner.organizationId, actor.userId)).toBe("viewer");
    expect(await failure(acceptInvitation(t.core, other.token, { person: guest }))).toBe("conflict");
    expect((await lookUpInvitation(t.core, other.token))?.status).toBe("open");
  });
});

describe("members", () => {
  test("change no role above their own, give none above it, and owners are owners' alone to change", async () => {
    const [admin, editor] = [await invited("admin"), await invited("editor")];
    const [boss, other, self] = [await memberOf(owner), await memberOf(editor), await memberOf(admin)];
    const ctx = as(admin);
    expect(await failure(updateMember(ctx, other.id, "owner"))).toBe("forbidden");
    expect(await failure(updateMember(ctx, self.id, "owner"))).toBe("forbidden");
    expect(await failure(updateMember(ctx, boss.id, "viewer"))).toBe("forbidden");
    expect(await failure(removeMember(ctx, boss.id))).toBe("forbidden");
    expect(await failure(makeMemberReset(ctx, boss.id))).toBe("forbidden");
    expect((await updateMember(ctx, other.id, "tester")).role).toBe("tester");
    for (const work of [updateMember(as(editor), self.id, "viewer"), removeMember(as(editor), self.id)]) {
      expect(await failure(work)).toBe("forbidden");
    }
  });

  test("have an owner at all times, also when two owners step down or remove each other at once", async () => {
    const boss = await memberOf(owner);
    expect(await failure(updateMember(as(owner), boss.id, "admin"))).toBe("conflict");
    expect(await failure(removeMember(as(owner), boss.id))).toBe("conflict");
    expect(await failure(deleteUser(as(DEFAULT_ACTOR), owner.userId))).toBe("conflict");
    const second = await invited("owner");
    const other = await memberOf(second);
    const results = await outcomes([
      updateMember(as(owner), boss.id, "viewer"),
      updateMember(as(second), other.id, "viewer"),
      removeMember(as(owner), other.id),
    ]);
    expect(results).toContain("done");
    const owners = (await listMembers(as(owner), PAGE)).filter((member) => member.role === "owner");
    expect(owners).toHaveLength(1);
  });

  test("lose what they could do at once when they are removed: sessions, links and what they invited to", async () => {
    const admin = await invited("admin");
    const token = await signIn(admin);
    const { session } = await createSession(t.core, SEEN, admin);
    const { token: promise } = await createInvitation(as(admin), { role: "admin", expires_in_days: 7 });
    const { token: reset } = await makeMemberReset(as(admin), (await memberOf(await invited("viewer"))).id);
    expect(await seen(token)).toMatchObject({ userId: admin.userId, role: "admin" });
    const ended = await removeMember(as(owner), (await memberOf(admin)).id);
    expect(ended).toContain(session.id);
    expect(await seen(token)).toBeNull();
    expect(await firstMembership(t.core, admin.userId)).toBeNull();
    expect((await lookUpInvitation(t.core, promise))?.status).toBe("withdrawn");
    expect(await failure(resetPassword(t.core, reset, "a password of the removed"))).toBe("expired");
  });

  test("have in a session the role of this moment; a membership that is gone otherwise ends it too", async () => {
    const editor = await invited("editor");
    const { token, session } = await createSession(t.core, SEEN, editor);
    await updateMember(as(owner), (await memberOf(editor)).id, "viewer");
    expect((await seen(token))?.role).toBe("viewer");
    expect(await stillOpen(t.core, [session.id])).toEqual(new Set([session.id]));
    await t.core.db.query("DELETE FROM membership WHERE user_id = $1", [editor.userId]);
    expect(await seen(token)).toBeNull();
    expect(await stillOpen(t.core, [session.id])).toEqual(new Set());
  });

  test("have keys that do no more than they themselves may by now; keys of services go on", async () => {
    const admin = await invited("admin");
    const make = (kind: "person" | "service") => createKey(as(admin), { name: kind, role: "admin", kind });
    const [own, service] = [await make("person"), await make("service")];
    const roles = async () =>
      Promise.all([own, service].map(async ({ key }) => (await findKey(t.core, key))?.role ?? null));
    expect(await roles()).toEqual(["admin", "admin"]);
    const { id } = await memberOf(admin);
    await updateMember(as(owner), id, "viewer");
    expect(await roles()).toEqual(["viewer", "admin"]);
    await removeMember(as(owner), id);
    expect(await roles()).toEqual([null, "admin"]);
  });

  test("who are made less keep no open invitation that they could not make any more", async () => {
    const admin = await invited("owner");
    const make = (role: Role) => createInvitation(as(admin), { role, expires_in_days: 7 });
    const [high, low] = [await make("owner"), await make("viewer")];
    const { id } = await memberOf(admin);
    await updateMember(as(owner), id, "admin");
    const statuses = async () =>
      Promise.all([high, low].map(async ({ token }) => (await lookUpInvitation(t.core, token))?.status));
    expect(await statuses()).toEqual(["withdrawn", "open"]);
    await updateMember(as(owner), id, "editor");
    expect(await statuses()).toEqual(["withdrawn", "withdrawn"]);
  });
});

describe("a password", () => {
  test("that is changed ends all other sessions of the person, wherever they are, and nobody else's", async () => {
    const editor = await invited("editor");
    const [mine, other, owners] = [await signIn(editor), await signIn(editor), await signIn(owner)];
    const current = (await seen(mine))!;
    await changePassword(as(current), "another password of mine");
    expect(await seen(mine)).toMatchObject({ userId: editor.userId });
    expect([await seen(other), (await seen(owners))?.userId]).toEqual([null, owner.userId]);
    const { email } = await getAccount(as(editor));
    expect(await accountOf(t.core, email, PASSWORD)).toBeNull();
    expect(await accountOf(t.core, email, "another password of mine")).not.toBeNull();
  });

  test("is set by a link once, within an hour, by the newest link alone; all sessions end", async () => {
    const editor = await invited("editor");
    const session = await signIn(editor);
    const { id } = await memberOf(editor);
    const old = await makeMemberReset(as(owner), id);
    const link = await makeMemberReset(as(owner), id);
    expect(JSON.stringify(await t.core.db.query("SELECT * FROM password_reset"))).not.toContain(link.token);
    expect(await failure(resetPassword(t.core, old.token, "a new password"))).toBe("expired");
    const works = [1, 2, 3].map((i) => resetPassword(t.core, link.token, `a new password ${i}`));
    expect(await outcomes(works)).toEqual(["done", "expired", "expired"]);
    expect(await seen(session)).toBeNull();
    const late = await makeResetOf(t.core, (await getAccount(as(editor))).email);
    later = HOUR_MS + 1000;
    expect(await failure(resetPassword(t.core, late!.token, "too late for this"))).toBe("expired");
    expect(await makeResetOf(t.core, "nobody@example.com")).toBeNull();
  });

  test("of who is in another organization too is not an admin's to set", async () => {
    const editor = await invited("editor");
    const { id } = await memberOf(editor);
    const link = await makeMemberReset(as(owner), id);
    await createOwnOrganization(as(editor), "Elsewhere");
    expect(await failure(makeMemberReset(as(owner), id))).toBe("conflict");
    expect(await failure(resetPassword(t.core, link.token, "a stolen password"))).toBe("expired");
  });
});

describe("organizations", () => {
  test("of a person are where a session goes on, with the role there; nobody goes where they are no member", async () => {
    const editor = await invited("editor");
    const made = await createOwnOrganization(as(editor), "Mine");
    const token = await signIn(editor);
    const here = (await seen(token))!;
    await switchOrganization(as(here), made.id);
    const there = (await seen(token))!;
    expect(there).toMatchObject({ organizationId: made.id, userId: editor.userId, role: "owner" });
    expect((await listMembers(as(there), PAGE)).map((member) => member.user_id)).toEqual([editor.userId]);
    expect((await listSessions(as(there), PAGE)).length).toBe(1);
    expect((await getAccount(as(there))).organizations.map((one) => [one.role, one.is_current])).toEqual([
      ["editor", false],
      ["owner", true],
    ]);
    const owners = (await seen(await signIn(owner)))!;
    expect(await failure(switchOrganization(as(owners), made.id))).toBe("not-found");
    expect(await failure(removeMember(as(owners), (await listMembers(as(there), PAGE))[0]!.id))).toBe("not-found");
  });
});
