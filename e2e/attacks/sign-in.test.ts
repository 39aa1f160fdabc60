import { afterAll, beforeAll, expect, it } from "vitest";
import { type RawAnswer, raw } from "../support/raw-http";
import { startServer, type TestServer } from "../support/server";

const PASSWORD = "a password that is long";
let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    web: true,
    environment: { MEMOIR_PASSWORD: PASSWORD, MEMOIR_TRUSTED_PROXIES: "127.0.0.1" },
  });
});
afterAll(() => server?.stop());

const JSON_TYPE = { "content-type": "application/json" };
const isSignIn = ({ text }: RawAnswer) => text.includes("current-password");

function signIn(password: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const body = JSON.stringify({ password });
  return raw(`${server.url}/v1/sessions`, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });
}

const cookieOf = ({ headers }: RawAnswer) => headers["set-cookie"]![0]!.split(";")[0]!;

it("every page is the sign-in for who is not signed in, under its own address, by whatever name the server is asked", async () => {
  const forged = { cookie: `memoir-session=${"A".repeat(43)}` };
  const wrong = { authorization: "Bearer something else" };
  for (const path of ["/", "/agents", "/settings", "/agents/agent-1?tab=x", "/nothing", "/sign-in", "/_next/image"]) {
    for (const headers of [{}, forged, wrong, { host: "memoir.lan" }] as Record<string, string>[]) {
      const answer = await raw(server.url + path, { headers });
      const { location } = answer.headers;
      expect([path, headers, answer.status, location, isSignIn(answer)]).toEqual([path, headers, 200, undefined, true]);
      expect(answer.headers["cache-control"]).toMatch(/no-store/);
      // As the client's router asks.
      const flight = await raw(server.url + path, { headers: { ...headers, rsc: "1" } });
      expect(answer.text + flight.text).not.toMatch(/Search everything|AppHeader|SettingsPage/);
    }
  }
  for (const path of ["/icon.svg", /src="(\/_next\/static\/[^"]+)"/.exec((await raw(server.url)).text)![1]!]) {
    expect([path, (await raw(server.url + path)).status]).toEqual([path, 200]);
  }
});

it("nothing in an address leads a signed-in browser to another site", async () => {
  const cookie = cookieOf(await signIn(PASSWORD));
  const odd = [
    "/sign-in?next=https://evil.example",
    "/sign-in?next=//evil.example",
    "/sign-in?redirect=%2F%2Fevil.example&callbackUrl=https://evil.example",
    "//evil.example/sign-in",
    "/%5Cevil.example",
    "/sign-in/..//evil.example",
  ];
  for (const path of odd) {
    for (const headers of [{ cookie }, {}, { cookie, "x-forwarded-host": "evil.example" }] as Record<
      string,
      string
    >[]) {
      const { status, headers: answered, text } = await raw(server.url + path, { headers });
      const to = answered.location;
      const isOwn =
        to === undefined || new URL(to, "http://own.example").hostname.match(/^(own\.example|127\.0\.0\.1|localhost)$/);
      expect([path, headers, status, to, Boolean(isOwn)]).toEqual([path, headers, status, to, true]);
      expect(text).not.toMatch(/http-equiv="refresh"/);
    }
  }
  const home = await raw(`${server.url}/sign-in`, { headers: { cookie, host: "memoir.lan:1234" } });
  expect([home.status, home.headers.location]).toEqual([307, "/"]);
});

it("a signed-in browser has the pages and the API until it signs out, and a page that is asked for then is the sign-in", async () => {
  const cookie = cookieOf(await signIn(PASSWORD));
  expect(isSignIn(await raw(`${server.url}/settings`, { headers: { cookie } }))).toBe(false);
  expect((await raw(`${server.url}/v1/agents`, { headers: { cookie } })).status).toBe(200);
  const origin = new URL(server.url).origin;
  const foreign = { cookie, origin: "https://evil.example" };
  expect((await raw(`${server.url}/v1/sessions/current`, { method: "DELETE", headers: foreign })).status).toBe(403);
  expect((await raw(`${server.url}/v1/agents`, { headers: { cookie } })).status).toBe(200);
  const out = await raw(`${server.url}/v1/sessions/current`, { method: "DELETE", headers: { cookie, origin } });
  expect(out.status).toBe(204);
  expect((await raw(`${server.url}/v1/agents`, { headers: { cookie } })).status).toBe(401);
  expect(isSignIn(await raw(`${server.url}/settings`, { headers: { cookie } }))).toBe(true);
});

it("wrong passwords at the sign-in are slowed down and logged as all others are; the right one gets its turn", async () => {
  const from = (address: string) => ({ "x-forwarded-for": address });
  const answers = await Promise.all(Array.from({ length: 120 }, (_, n) => signIn(`guess ${n}`, from("203.0.113.7"))));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 429]));
  expect(answers.filter((answer) => answer.status === 200).length).toBeLessThan(25);
  expect(answers.every((answer) => answer.headers["set-cookie"] === undefined)).toBe(true);
  expect(Number(answers.find((answer) => answer.status === 429)!.headers["retry-after"])).toBeGreaterThan(0);
  // The API counts the same guesses, another address none of them.
  const bearer = { authorization: "Bearer one more guess", ...from("203.0.113.7") };
  expect([401, 429]).toContain((await raw(`${server.url}/v1/agents`, { headers: bearer })).status);
  expect((await signIn(PASSWORD, from("203.0.113.8"))).headers["set-cookie"]).toHaveLength(1);
  await expect
    .poll(async () => (await signIn(PASSWORD, from("203.0.113.7"))).headers["set-cookie"]?.length ?? 0, {
      timeout: 60_000,
      interval: 1000,
    })
    .toBe(1);
  const logged = server
    .output()
    .split("\n")
    .filter((line) => line.includes("a wrong password") && line.includes("203.0.113.7"));
  expect(logged.length).toBeGreaterThan(5);
  expect(server.output()).not.toMatch(/guess \d|a password that is long|memoir-session/);
});

it("another password ends all sessions, and the start says that there is one", async () => {
  const cookie = cookieOf(await signIn(PASSWORD));
  expect(server.output()).toContain("It runs with one password");
  await server.kill();
  await server.restart();
  expect((await raw(`${server.url}/v1/agents`, { headers: { cookie } })).status).toBe(200);
  await server.kill();
  await server.restart({ MEMOIR_PASSWORD: "another password" });
  expect((await raw(`${server.url}/v1/agents`, { headers: { cookie } })).status).toBe(401);
  expect(isSignIn(await raw(`${server.url}/agents`, { headers: { cookie } }))).toBe(true);
});
