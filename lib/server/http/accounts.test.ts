import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireBlockVersion } from "@/lib/api/blocks";
import { readConfig } from "../config/env";
import { openTestCore, type TestCore } from "../testing/harness";
import { asJson } from "../testing/requests";
import { createApp } from "./app";

const PASSWORD = "the server's own";
const OLGA = { name: "Olga", email: "Olga@Example.com ", password: "a password of one's own" };
const HOST = { host: "localhost:8283", origin: "http://localhost:8283" };

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t?.close());

function appOf(environment: Record<string, string>) {
  const config = readConfig({ MEMOIR_SEED: "off", ...environment });
  return createApp({ ...t.core, config });
}

async function ask(app: ReturnType<typeof appOf>, method: string, path: string, headers = {}, body?: unknown) {
  const response = await app.request(path, {
    method,
    headers: { ...HOST, ...headers },
    ...(body === undefined ? {} : { body: asJson(body) }),
  });
  const text = await response.text();
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { status: response.status, body: text === "" ? null : JSON.parse(text), cookie };
}

test("people sign in with accounts, programs with the server's own password; what a person does is told by name", async () => {
  const app = appOf({ MEMOIR_AUTH: "accounts", MEMOIR_PASSWORD: PASSWORD });
  const made = await ask(app, "POST", "/v1/account", {}, OLGA);
  expect(made.body).toMatchObject({ signed_in: true, session: { is_current: true } });
  const credentials = { email: "olga@example.com", password: OLGA.password };
  const { cookie } = await ask(app, "POST", "/v1/sessions", {}, credentials);
  expect(cookie).toMatch(/^memoir-session=/);
  const wrong = [
    { ...credentials, password: PASSWORD },
    { ...credentials, email: "nobody@example.com" },
  ];
  for (const body of wrong) {
    expect((await ask(app, "POST", "/v1/sessions", {}, body)).body).toEqual({ signed_in: false, session: null });
  }
  expect((await ask(app, "POST", "/v1/sessions", {}, { password: PASSWORD })).status).toBe(400);

  const current = await ask(app, "GET", "/v1/sessions/current", { cookie });
  expect(current.body).toMatchObject({ access: "accounts", role: "owner", session: { is_current: true } });
  const bearer = { authorization: `Bearer ${PASSWORD}` };
  const program = await ask(app, "GET", "/v1/sessions/current", bearer);
  expect(program.body).toEqual({ access: "accounts", role: null, session: null });
  expect((await ask(app, "GET", "/v1/account", bearer)).status).toBe(404);

  const block = await ask(app, "POST", "/v1/blocks", { cookie }, { label: "made_by_olga", value: "v" });
  const versions = await ask(app, "GET", `/v1/blocks/${block.body.id}/versions`, { cookie });
  const account = await ask(app, "GET", "/v1/account", { cookie });
  const { cause } = (versions.body as WireBlockVersion[])[0]!;
  expect(cause).toEqual({ kind: "user", actor: account.body.user_id, name: "Olga" });
});

test("the audit has who came in, from where, and which account somebody tried; not what was typed", async () => {
  const app = appOf({ MEMOIR_AUTH: "accounts" });
  const { email, password } = OLGA;
  const typed = { known: "not her password", unknown: "somebody@example.com" };
  const agent = { "user-agent": "Browser/1" };
  await ask(app, "POST", "/v1/sessions", agent, { email, password: typed.known });
  await ask(app, "POST", "/v1/sessions", agent, { email: typed.unknown, password });
  const { cookie, body } = await ask(app, "POST", "/v1/sessions", agent, { email, password });
  const account = await ask(app, "GET", "/v1/account", { cookie });
  const { body: entries } = await ask(app, "GET", "/v1/audit?operation=sessions.create&limit=3", { cookie });
  const id = account.body.user_id;
  const from = { operation: "sessions.create", user_agent: "Browser/1", address: "unknown" };
  expect(entries).toMatchObject([
    { ...from, outcome: "done", actor: { kind: "person", id, name: "Olga", credential_id: body.session.id } },
    {
      ...from,
      outcome: "refused",
      problem: "wrong-password",
      actor: { kind: "nobody", id: null },
      target: { id: null },
    },
    { ...from, outcome: "refused", problem: "wrong-password", actor: { kind: "nobody", id: null }, target: { id } },
  ]);
  const rows = JSON.stringify(await t.core.db.query("SELECT * FROM audit_entry"));
  for (const text of [typed.known, typed.unknown, password]) expect([text, rows.includes(text)]).toEqual([text, false]);
});

test("sessions of one way to run open nothing in another, and accounts are there in one of them alone", async () => {
  const accounts = appOf({ MEMOIR_AUTH: "accounts" });
  const password = appOf({ MEMOIR_PASSWORD: PASSWORD });
  const { email, password: own } = OLGA;
  const person = (await ask(accounts, "POST", "/v1/sessions", {}, { email, password: own })).cookie;
  expect((await ask(accounts, "GET", "/v1/agents", { cookie: person })).status).toBe(200);
  expect((await ask(password, "GET", "/v1/agents", { cookie: person })).status).toBe(401);
  const shared = (await ask(password, "POST", "/v1/sessions", {}, { password: PASSWORD })).cookie;
  expect((await ask(password, "GET", "/v1/agents", { cookie: shared })).status).toBe(200);
  expect((await ask(accounts, "GET", "/v1/agents", { cookie: shared })).status).toBe(401);
  // Without accounts their ways in are as shut as all others.
  for (const path of ["account", "account/password-reset", "invitations/lookup", "invitations/accept"]) {
    expect([path, (await ask(password, "POST", `/v1/${path}`, {}, OLGA)).status]).toEqual([path, 401]);
  }
  expect((await ask(appOf({}), "POST", "/v1/account", {}, OLGA)).status).toBe(400);
});
