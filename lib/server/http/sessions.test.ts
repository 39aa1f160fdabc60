import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireSession } from "@/lib/api/sessions";
import { readConfig } from "../config/env";
import { openTestCore, type TestCore } from "../testing/harness";
import { asJson } from "../testing/requests";
import { createApp } from "./app";
import { createGate } from "./gate";
import { createGuesses } from "./guesses";

const PASSWORD = "open sesame, quietly";
const HOST = "memoir.lan:8283";
const OWN = `http://${HOST}`;
const PARTNER = "https://app.example.org";
const DAY_MS = 24 * 60 * 60_000;

type Options = { headers?: Record<string, string>; body?: unknown; environment?: Record<string, string> };

let t: TestCore;
let later = 0;
beforeAll(async () => {
  t = await openTestCore({ now: () => new Date(Date.now() + later) });
});
afterAll(() => t?.close());

/** A server on the one database, as its environment makes it. */
function appOf(environment: Record<string, string> = {}, guesses = createGuesses()) {
  const config = readConfig({ MEMOIR_SEED: "off", MEMOIR_PASSWORD: PASSWORD, ...environment });
  const core = { ...t.core, config };
  return createApp(core, createGate(core, guesses));
}
let usual: ReturnType<typeof appOf>;
beforeAll(() => {
  usual = appOf();
});

async function ask(method: string, path: string, { headers, body }: Options = {}, app = usual) {
  const response = await app.request(path, {
    method,
    headers: { host: HOST, ...headers },
    ...(body === undefined ? {} : { body: asJson(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers };
}

async function signIn(options: Options = {}, app = usual) {
  const answer = await ask(
    "POST",
    "/v1/sessions",
    { ...options, headers: { origin: OWN, ...options.headers }, body: options.body ?? { password: PASSWORD } },
    app,
  );
  const [cookie = "", ...attributes] = (answer.headers.get("set-cookie") ?? "").split("; ");
  return { ...answer, cookie, attributes: attributes.toSorted(), token: cookie.split("=")[1] ?? "" };
}

const agents = async (headers: Record<string, string>, app = usual) =>
  (await ask("GET", "/v1/agents", { headers }, app)).status;
const sessions = async (cookie: string) =>
  JSON.parse((await ask("GET", "/v1/sessions", { headers: { cookie } })).text) as WireSession[];

describe("signing in", () => {
  test("gives a new random token that scripts don't see, and keeps no more of it than a hash, nothing of the password", async () => {
    const [one, two] = [await signIn({ headers: { "user-agent": "Test Browser" } }), await signIn()];
    expect(one.status).toBe(200);
    expect(one.attributes).toEqual(["HttpOnly", "Max-Age=7776000", "Path=/", "SameSite=Lax"]);
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect(two.token).not.toBe(one.token);
    expect(one.text + one.headers.get("set-cookie")).not.toContain(PASSWORD);
    expect(one.text).not.toContain(one.token);
    const rows = await t.core.db.query<{ token_hash: string }>("SELECT * FROM web_session");
    expect(rows.map((row) => row.token_hash)).toContain(createHash("sha256").update(one.token).digest("hex"));
    const kept = JSON.stringify(rows);
    for (const secret of [one.token, PASSWORD, createHash("sha256").update(PASSWORD).digest("hex")]) {
      expect(kept).not.toContain(secret);
    }
    expect(await agents({ cookie: one.cookie })).toBe(200);
  });

  test("says in its answer that a password is wrong, and gives no cookie", async () => {
    const answer = await signIn({ body: { password: `${PASSWORD}!` } });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { signed_in: false, session: null }]);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect((await signIn({ body: { password: "" } })).status).toBe(422);
  });

  test("keeps the cookie to https where the browser came by it, or MEMOIR_PUBLIC_URL says so", async () => {
    const https = await signIn({ headers: { origin: `https://${HOST}` } });
    expect(https.cookie).toMatch(/^__Host-memoir-session=/);
    expect(https.attributes).toContain("Secure");
    expect(await agents({ cookie: https.cookie })).toBe(200);
    const proxied = await ask("POST", "/v1/sessions", {
      headers: { "x-forwarded-proto": "https" },
      body: { password: PASSWORD },
    });
    expect(proxied.headers.get("set-cookie")).toMatch(/^__Host-memoir-session=.*; Secure$/);
    const app = appOf({ MEMOIR_PUBLIC_URL: "https://memoir.example.com" });
    const known = await signIn({ headers: { origin: "http://localhost:8283", host: "localhost:8283" } }, app);
    expect(known.attributes).toContain("Secure");
  });

  test("takes no token that a browser came with, and ends the session that it had", async () => {
    const chosen = "A".repeat(43);
    const fixed = await signIn({ headers: { cookie: `memoir-session=${chosen}` } });
    expect(fixed.token).not.toBe(chosen);
    expect(await agents({ cookie: `memoir-session=${chosen}` })).toBe(401);
    const again = await signIn({ headers: { cookie: fixed.cookie } });
    expect([await agents({ cookie: fixed.cookie }), await agents({ cookie: again.cookie })]).toEqual([401, 200]);
  });

  test("is for pages of this server and for programs: a page of another origin signs no browser in", async () => {
    const app = appOf({ MEMOIR_ALLOWED_ORIGINS: PARTNER });
    const body = { password: PASSWORD };
    const pages: Record<string, string>[] = [
      { origin: PARTNER },
      { origin: "https://evil.example" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of pages) {
      const answer = await ask("POST", "/v1/sessions", { headers, body }, app);
      expect([headers, answer.status, answer.headers.get("set-cookie")]).toEqual([headers, 403, null]);
    }
    expect((await ask("POST", "/v1/sessions", { body }, app)).status).toBe(200);
  });

  test("is refused where there is no password, and by an access token", async () => {
    const alone = appOf({ MEMOIR_PASSWORD: "" });
    const headers = { host: "localhost:8283", origin: "http://localhost:8283" };
    expect((await signIn({ headers }, alone)).status).toBe(400);
    const token = { authorization: "Bearer memoir-cst-made-up" };
    expect((await signIn({ headers: token })).status).toBe(401);
  });

  test("is as slow for who guesses as every other way, for the right password too", async () => {
    const waiting: (() => void)[] = [];
    const guesses = createGuesses(
      () => 0,
      () => new Promise((resolve) => waiting.push(resolve)),
    );
    const app = appOf({}, guesses);
    for (let n = 0; n < 5; n++) expect(await agents({ authorization: `Bearer guess ${n}` }, app)).toBe(401);
    for (let n = 5; n < 11; n++) expect((await signIn({ body: { password: `guess ${n}` } }, app)).status).toBe(200);
    expect(waiting).toHaveLength(0);
    let isAnswered = false;
    const right = signIn({}, app).finally(() => {
      isAnswered = true;
    });
    await expect.poll(() => waiting.length).toBe(1);
    expect(isAnswered).toBe(false);
    waiting.shift()!();
    expect(JSON.parse((await right).text)).toMatchObject({ signed_in: true });
    const more = Array.from({ length: 40 }, (_, n) => signIn({ body: { password: `more ${n}` } }, app));
    const refused = (await Promise.race(
      more.map(async (one) => ((await one).status === 429 ? one : new Promise(() => {}))),
    ))!;
    expect((refused as Awaited<typeof right>).headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await signIn({}, app)).status).toBe(429);
    while (waiting.length > 0) waiting.shift()!();
    await Promise.all(more);
  });
});

describe("a session", () => {
  test("that was never given, has ended or is of another password opens nothing", async () => {
    const { cookie, token } = await signIn();
    const forged = [
      `memoir-session=${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
      `memoir-session=${createHash("sha256").update(token).digest("hex")}`,
      "memoir-session=",
      "memoir-session=%zz",
      "memoir-session=' OR 1=1 --",
      `memoir-session=${PASSWORD}`,
      `memoir_password=${PASSWORD}`,
      `memoir_password=${encodeURIComponent(PASSWORD)}`,
    ];
    for (const one of forged) expect([one, await agents({ cookie: one })]).toEqual([one, 401]);
    expect(await agents({ authorization: `Bearer ${token}` })).toBe(401);
    // A wrong password is wrong, whatever cookie comes with it.
    expect(await agents({ cookie, authorization: "Bearer something else" })).toBe(401);
    expect(await agents({ cookie }, appOf({ MEMOIR_PASSWORD: "another password" }))).toBe(401);
    expect(await agents({ cookie })).toBe(200);
    const out = await ask("DELETE", "/v1/sessions/current", { headers: { cookie, origin: OWN } });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect(await agents({ cookie })).toBe(401);
    const { headers } = await ask("GET", "/v1/agents", { headers: { cookie } });
    expect(headers.get("www-authenticate")).toBe('Bearer realm="memoir"');
  });

  test("ends when nobody uses it, and some time after its sign-in in any case", async () => {
    const [used, unused] = [await signIn(), await signIn()];
    try {
      for (const day of [13, 26]) {
        later = day * DAY_MS;
        expect([day, await agents({ cookie: used.cookie })]).toEqual([day, 200]);
      }
      expect(await agents({ cookie: unused.cookie })).toBe(401);
      for (let day = 39; day < 90; day += 13) {
        later = day * DAY_MS;
        expect([day, await agents({ cookie: used.cookie })]).toEqual([day, 200]);
      }
      later = 91 * DAY_MS;
      expect(await agents({ cookie: used.cookie })).toBe(401);
    } finally {
      later = 0;
    }
  });

  test("counts for this server's own pages alone, whatever other origins may ask", async () => {
    const { cookie } = await signIn();
    const body = { label: "made_by_a_page", value: "" };
    const wide = appOf({ MEMOIR_ALLOWED_ORIGINS: "*" });
    const named = appOf({ MEMOIR_ALLOWED_ORIGINS: PARTNER });
    const post = async (headers: Record<string, string>, app = usual) =>
      (await ask("POST", "/v1/blocks", { headers: { cookie, ...headers }, body }, app)).status;
    const refused: [number, Record<string, string>, typeof usual][] = [
      [403, { origin: "https://evil.example" }, usual],
      [403, { origin: "null" }, usual],
      [403, { origin: "http://memoir.lan:3000" }, usual],
      [403, { origin: OWN, "sec-fetch-site": "cross-site" }, usual],
      [403, { "sec-fetch-site": "same-site" }, usual],
      [403, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, usual],
      [401, { origin: PARTNER }, named],
      [401, { origin: "https://evil.example" }, wide],
      [401, { origin: OWN, "sec-fetch-site": "same-site" }, wide],
      [401, {}, usual],
      [401, { "sec-fetch-site": "none" }, usual],
    ];
    for (const [status, headers, app] of refused)
      expect([headers, await post(headers, app)]).toEqual([headers, status]);
    expect(await agents({ cookie, origin: PARTNER }, named)).toBe(401);
    expect((await ask("GET", "/v1/blocks?label=made_by_a_page", { headers: { cookie } })).text).toBe("[]");
    for (const app of [usual, wide, named]) {
      expect(await post({ origin: OWN }, app)).toBe(200);
      expect(await post({ origin: OWN, "sec-fetch-site": "same-origin" }, app)).toBe(200);
    }
    const behind = appOf({ MEMOIR_PUBLIC_URL: "https://memoir.example.com", MEMOIR_ALLOWED_HOSTS: "memoir.lan" });
    expect(await post({ origin: "https://memoir.example.com" }, behind)).toBe(200);
  });

  test("is listed with what it is known by, this one marked, and can be ended from another", async () => {
    const [mine, other] = [await signIn(), await signIn({ headers: { "user-agent": "The other" } })];
    const listed = await sessions(mine.cookie);
    const found = listed.find((one) => one.user_agent === "The other")!;
    expect(found).toMatchObject({ is_current: false, address: expect.any(String) });
    expect(listed.filter((one) => one.is_current)).toHaveLength(1);
    const current = await ask("GET", "/v1/sessions/current", { headers: { cookie: other.cookie } });
    expect(JSON.parse(current.text)).toMatchObject({ access: "password", session: { id: found.id, is_current: true } });
    const headers = { cookie: mine.cookie, origin: OWN };
    expect((await ask("DELETE", `/v1/sessions/${found.id}`, { headers })).status).toBe(204);
    expect(await agents({ cookie: other.cookie })).toBe(401);
    expect((await ask("DELETE", `/v1/sessions/${found.id}`, { headers })).status).toBe(404);
  });

  test("ends all others and stays; the password itself ends all", async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const headers = { cookie: mine.cookie, origin: OWN };
    expect((await ask("DELETE", "/v1/sessions", { headers })).status).toBe(204);
    expect([await agents({ cookie: mine.cookie }), await agents({ cookie: other.cookie })]).toEqual([200, 401]);
    expect(await sessions(mine.cookie)).toHaveLength(1);
    const bearer = { authorization: `Bearer ${PASSWORD}` };
    expect((await ask("DELETE", "/v1/sessions/current", { headers: bearer })).status).toBe(400);
    expect((await ask("DELETE", "/v1/sessions", { headers: bearer })).status).toBe(204);
    expect(await agents({ cookie: mine.cookie })).toBe(401);
  });

  test("hears nothing more once it has ended: its streams close", async () => {
    const { cookie } = await signIn();
    const response = await usual.request("/v1/events", { headers: { host: HOST, cookie } });
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toContain("listening");
    const rest = reader.read();
    await ask("DELETE", "/v1/sessions/current", { headers: { cookie, origin: OWN } });
    expect((await rest).done).toBe(true);
  });
});

test("a server without a password says that it runs alone", async () => {
  const answer = await ask(
    "GET",
    "/v1/sessions/current",
    { headers: { host: "localhost" } },
    appOf({ MEMOIR_PASSWORD: "" }),
  );
  expect(JSON.parse(answer.text)).toEqual({ access: "alone", role: null, session: null });
});
