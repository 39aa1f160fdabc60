import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CLIENT, type Issuer, startIssuer } from "../accounts/testing/issuer";
import { readConfig } from "../config/env";
import { openTestCore, type TestCore } from "../testing/harness";
import { asJson } from "../testing/requests";
import { createApp } from "./app";

const ORIGIN = "http://localhost:8283";
const HOST = { host: "localhost:8283", origin: ORIGIN };
const OLGA = { name: "Olga", email: "olga@example.com", password: "a password of one's own" };
const CALLBACK = `${ORIGIN}/v1/sign-in/oidc/callback`;
const SECRET = { MEMOIR_OIDC_CLIENT_ID: CLIENT.id, MEMOIR_OIDC_CLIENT_SECRET: CLIENT.secret };

let t: TestCore;
let issuer: Issuer;
let app: ReturnType<typeof createApp>;

const appOf = (environment: Record<string, string>) =>
  createApp({ ...t.core, config: readConfig({ MEMOIR_SEED: "off", MEMOIR_AUTH: "accounts", ...environment }) });

beforeAll(async () => {
  t = await openTestCore();
  issuer = await startIssuer([CALLBACK]);
});
afterAll(async () => {
  await t?.close();
  await issuer?.close();
});

type Answer = { status: number; body: { [key: string]: unknown }; cookies: Map<string, string>; location: string };

/** A browser, with its cookies. */
function browser(of = app) {
  const jar = new Map<string, string>();
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = HOST,
  ): Promise<Answer> {
    const response = await of.request(path, {
      method,
      headers: { ...headers, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(body === undefined ? {} : { body: asJson(body) }),
    });
    const cookies = new Map<string, string>();
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      cookies.set(name!, cookie);
      if (value) jar.set(name!, value);
      else jar.delete(name!);
    }
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith("{") ? JSON.parse(text) : {},
      cookies,
      location: response.headers.get("location") ?? "",
    };
  }
  const visit = {
    host: HOST.host,
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  const back = (url: string) => ask("GET", url.slice(ORIGIN.length), undefined, visit);
  const begin = async (body: object = {}) => (await ask("POST", "/v1/sign-in/oidc", body)).body.url as string;
  return {
    jar,
    ask,
    back,
    begin,
    /** The whole way, and where it ends. */
    come: async (subject: string, body: object = {}) => back(await issuer.visit(await begin(body), subject)),
    who: async () => (await ask("GET", "/v1/account")).body,
  };
}

const counts = async () => {
  const { account, membership, external_login, web_session } = await t.rowCounts();
  return { account, membership, external_login, web_session };
};

let olga: ReturnType<typeof browser>;
beforeEach(async () => {
  for (const table of ["external_login", "account", "membership", "invitation", "web_session"]) {
    await t.core.db.query(`DELETE FROM ${table}`);
  }
  app = appOf({
    MEMOIR_OIDC_ISSUER: issuer.url,
    ...SECRET,
    MEMOIR_SIGN_UP_DOMAINS: "example.org",
    MEMOIR_SIGN_UP_ROLE: "tester",
  });
  issuer.people.clear();
  issuer.people.set("lena", { email: "Lena@Example.org", email_verified: true, name: "Lena" });
  issuer.people.set("mallory", { email: "mallory@elsewhere.net", email_verified: true, name: "Mallory" });
  issuer.people.set("olga", { email: "olga@example.com", email_verified: true, name: "Olga" });
  issuer.people.set("unproven", { email: "boss@example.org", email_verified: false, name: "Boss" });
  olga = browser();
  expect((await olga.ask("POST", "/v1/account", OLGA)).body.signed_in).toBe(true);
});

describe("by a real issuer", () => {
  test("somebody of a domain that is let in becomes a member with its role, comes again, and is one person", async () => {
    const lena = browser();
    const first = await lena.come("lena");
    expect([first.status, first.location]).toEqual([303, "/"]);
    expect(await lena.who()).toMatchObject({
      name: "Lena",
      email: "lena@example.org",
      has_password: false,
      logins: [{ provider: "oidc" }],
      organizations: [{ role: "tester" }],
    });
    const before = await counts();
    // The email may be another by now: the subject is the person.
    issuer.people.set("lena", { email: "olga@example.com", email_verified: true, name: "Lena" });
    const again = browser();
    expect((await again.come("lena")).location).toBe("/");
    expect((await again.who()).email).toBe("lena@example.org");
    expect(await counts()).toEqual({ ...before, web_session: before.web_session! + 1 });
    const entries = await t.core.db.query(
      "SELECT outcome, actor_name FROM audit_entry WHERE operation = 'signIn.callback' ORDER BY created_at DESC LIMIT 2",
    );
    expect(entries).toEqual([
      { outcome: "done", actor_name: "Lena" },
      { outcome: "done", actor_name: "Lena" },
    ]);
  });

  test.each([
    ["somebody of another domain, without an invitation", "mallory", "not-invited"],
    ["an email that the issuer has not verified", "unproven", "email-not-verified"],
    ["an email that has an account, which nobody has connected", "olga", "account-exists"],
  ])("%s does not come in, and nothing is made", async (_, subject, problem) => {
    const before = await counts();
    const stranger = browser();
    const answer = await stranger.come(subject);
    expect([answer.status, answer.location]).toEqual([303, `/?problem=${problem}`]);
    expect(stranger.jar.has("memoir-session")).toBe(false);
    expect(await counts()).toEqual(before);
    const [entry] = await t.core.db.query("SELECT outcome, problem FROM audit_entry ORDER BY created_at DESC LIMIT 1");
    expect(entry).toEqual({ outcome: "refused", problem });
  });

  test("who is invited joins by it, if the invitation is for that email, once", async () => {
    const invite = async (email: string | null) => {
      const { body } = await olga.ask("POST", "/v1/invitations", { role: "editor", email });
      return (body.url as string).split("#")[1]!;
    };
    const others = await invite("somebody@elsewhere.net");
    expect((await browser().come("mallory", { invitation: others })).location).toBe("/?problem=invitation-for-other");
    const own = await invite("mallory@elsewhere.net");
    const mallory = browser();
    expect((await mallory.come("mallory", { invitation: own })).location).toBe("/");
    expect(await mallory.who()).toMatchObject({ organizations: [{ role: "editor" }] });
    const { status } = await browser().ask("POST", "/v1/sign-in/oidc", { invitation: own });
    expect(status).toBe(410);
  });

  test("who is signed in connects an account, comes by it then, and disconnects it", async () => {
    expect((await olga.come("olga")).location).toBe("/settings/account");
    expect((await olga.who()).logins).toMatchObject([{ provider: "oidc" }]);
    const again = browser();
    expect((await again.come("olga")).location).toBe("/");
    expect(await again.who()).toMatchObject({ email: "olga@example.com", has_password: true });
    // It is nobody else's.
    const lena = browser();
    await lena.come("lena");
    expect((await lena.come("olga")).location).toBe("/settings/account?problem=connected-elsewhere");
    expect((await lena.ask("DELETE", "/v1/sign-in/oidc")).status).toBe(409);
    expect((await olga.ask("DELETE", "/v1/sign-in/oidc")).status).toBe(204);
    expect((await browser().come("olga")).location).toBe("/?problem=account-exists");
  });
});

describe("the way back", () => {
  test.each<[what: string, change: (url: URL, own: ReturnType<typeof browser>) => void]>([
    ["without the cookie of the browser that began", (_, own) => own.jar.clear()],
    ["with another state", (url) => url.searchParams.set("state", "another")],
    ["without a state", (url) => url.searchParams.delete("state")],
    ["with another code", (url) => url.searchParams.set("code", "another")],
    ["from another issuer", (url) => url.searchParams.set("iss", "http://127.0.0.1:9")],
    ["with a cookie that somebody made", (_, own) => void own.jar.set("memoir-sign-in", "made")],
  ])("leads nowhere %s", async (_, change) => {
    const lena = browser();
    const url = new URL(await issuer.visit(await lena.begin(), "lena"));
    change(url, lena);
    const before = await counts();
    const { location } = await lena.back(url.href);
    expect(location).toMatch(/^\/\?problem=(too-late|failed)$/);
    expect(lena.jar.has("memoir-session")).toBe(false);
    expect(await counts()).toEqual(before);
  });

  test("of one browser is nobody else's: a link that somebody prepared signs no other browser in", async () => {
    const mallory = browser();
    const prepared = await issuer.visit(await mallory.begin(), "lena");
    const victim = browser();
    await victim.begin();
    expect((await victim.back(prepared)).location).toBe("/?problem=failed");
    expect(victim.jar.has("memoir-session")).toBe(false);
  });

  test("is used once", async () => {
    const lena = browser();
    const url = await issuer.visit(await lena.begin(), "lena");
    const kept = lena.jar.get("memoir-sign-in")!;
    expect((await lena.back(url)).location).toBe("/");
    const thief = browser();
    thief.jar.set("memoir-sign-in", kept);
    expect((await thief.back(url)).location).toBe("/?problem=failed");
  });

  test("connects nothing for who has signed out in between, or is somebody else by now", async () => {
    const url = await issuer.visit(await olga.begin(), "olga");
    await olga.ask("DELETE", "/v1/sessions/current");
    expect((await olga.back(url)).location).toBe("/settings/account?problem=too-late");
    expect((await counts()).external_login).toBe(0);
  });

  test("keeps what is on the way for scripts unseen, sealed, and asks for code, PKCE, state and nonce", async () => {
    const lena = browser();
    const { body, cookies } = await lena.ask("POST", "/v1/sign-in/oidc", {});
    const asked = new URL(body.url as string).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: CALLBACK,
      scope: "openid email profile",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked.get(name)?.length).toBeGreaterThan(40);
    const cookie = cookies.get("memoir-sign-in")!;
    expect(cookie).toMatch(/; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    for (const secret of [asked.get("state")!, asked.get("nonce")!]) expect(cookie).not.toContain(secret);
  });

  test("is begun by this server's own pages alone", async () => {
    const foreign = { host: HOST.host, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect((await browser().ask("POST", "/v1/sign-in/oidc", {}, foreign)).status).toBe(403);
  });
});

test("an issuer that is not there, redirects, never ends or says it is another is told in a sentence", async () => {
  const odd = createServer((request, response) => {
    if (request.url?.startsWith("/long")) response.end(Buffer.alloc(2 * 1024 * 1024, " "));
    else if (request.url?.startsWith("/away")) response.writeHead(302, { location: issuer.url }).end();
    else
      response.setHeader("content-type", "application/json").end(JSON.stringify({ issuer: "https://another.example" }));
  });
  await new Promise<void>((resolve) => void odd.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
  for (const url of [`${base}/long`, `${base}/away`, `${base}/other`, "http://127.0.0.1:9"]) {
    const answer = await browser(appOf({ MEMOIR_OIDC_ISSUER: url, ...SECRET })).ask("POST", "/v1/sign-in/oidc", {});
    expect([url, answer.status, String(answer.body.detail)]).toEqual([
      url,
      502,
      expect.stringContaining("can't be asked"),
    ]);
  }
  odd.close();
});

describe("GitHub", () => {
  test("is asked for the primary email, which must be verified", async () => {
    let emails: object[] = [];
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`);
      response.setHeader("content-type", "application/json");
      if (request.url === "/login/oauth/access_token")
        response.end(JSON.stringify({ access_token: "gho_1", token_type: "bearer", scope: "user:email" }));
      else if (request.url === "/api/v3/user") response.end(JSON.stringify({ id: 7, login: "lena", name: null }));
      else response.end(JSON.stringify(emails));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const of = appOf({
      MEMOIR_GITHUB_URL: url,
      MEMOIR_GITHUB_CLIENT_ID: "id",
      MEMOIR_GITHUB_CLIENT_SECRET: "secret",
      MEMOIR_SIGN_UP_DOMAINS: "example.org",
    });
    const come = async () => {
      const one = browser(of);
      const to = new URL((await one.ask("POST", "/v1/sign-in/github", {})).body.url as string);
      expect(to.href.startsWith(`${url}/login/oauth/authorize?`)).toBe(true);
      const state = to.searchParams.get("state")!;
      return one.back(`${ORIGIN}/v1/sign-in/github/callback?code=c&state=${state}`);
    };
    emails = [
      { email: "lena@example.org", primary: false, verified: true },
      { email: "boss@example.org", primary: true, verified: false },
    ];
    expect((await come()).location).toBe("/?problem=email-not-verified");
    emails = [{ email: "lena@example.org", primary: true, verified: true }];
    expect((await come()).location).toBe("/");
    expect(asked).toContain("GET /api/v3/user/emails Bearer gho_1");
    server.close();
  });
});

test.each([
  [{ MEMOIR_OIDC_ISSUER: "https://id.example.com" }, "MEMOIR_OIDC_CLIENT_ID"],
  [{ MEMOIR_OIDC_CLIENT_ID: "x" }, "MEMOIR_OIDC_ISSUER"],
  [{ MEMOIR_OIDC_ISSUER: "http://id.example.com", MEMOIR_OIDC_CLIENT_ID: "x" }, "https"],
  [{ MEMOIR_SIGN_UP_DOMAINS: "not a domain!" }, "MEMOIR_SIGN_UP_DOMAINS"],
  [{ MEMOIR_SIGN_UP_ROLE: "owner" }, "MEMOIR_SIGN_UP_ROLE"],
  [{ MEMOIR_AUTH: "", MEMOIR_GOOGLE_CLIENT_ID: "x" }, "MEMOIR_AUTH=accounts"],
])("settings that contradict each other are refused at start: %o", (environment, sentence) => {
  expect(() => readConfig({ MEMOIR_AUTH: "accounts", ...environment })).toThrow(sentence);
});
