import { afterAll, beforeAll, expect, it } from "vitest";
import type { WireInvitation, WireMember } from "@/lib/api/members";
import type { WireSession } from "@/lib/api/sessions";
import { type RawAnswer, raw } from "../support/raw-http";
import { startServer, type TestServer } from "../support/server";

const PASSWORD = "a password of one's own";
const OLGA = { name: "Olga", email: "olga@example.com", password: PASSWORD };
const JSON_TYPE = { "content-type": "application/json" };

let server: TestServer;
let olga: string;
beforeAll(async () => {
  server = await startServer({
    web: true,
    environment: { MEMOIR_AUTH: "accounts", MEMOIR_TRUSTED_PROXIES: "127.0.0.1" },
  });
});
afterAll(() => server?.stop());

/** As a page of this server sends it. */
function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return raw(server.url + path, {
    method,
    headers: { ...JSON_TYPE, origin: new URL(server.url).origin, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const cookieOf = ({ headers }: RawAnswer) => headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
const bodyOf = <T>({ text }: RawAnswer) => JSON.parse(text) as T;
const signIn = (email: string, password: string, headers = {}) =>
  send("POST", "/v1/sessions", { email, password }, headers);
const tokenOf = (answer: RawAnswer) => bodyOf<{ url: string }>(answer).url.split("#")[1]!;

async function join(by: string, role: string, name: string): Promise<string> {
  const token = tokenOf(await send("POST", "/v1/invitations", { role }, { cookie: by }));
  const account = { name, email: `${name}@example.com`, password: PASSWORD };
  return cookieOf(await send("POST", "/v1/invitations/accept", { token, account }));
}

it("a stranger takes no server that others reach: the first account needs the code that the server printed", async () => {
  const said = () => /set-up code ([0-9A-F-]{24})/.exec(server.output())?.[1];
  await expect.poll(said).toBeDefined();
  const code = said()!;
  const attempts: [unknown, Record<string, string>][] = [
    [OLGA, {}],
    [{ ...OLGA, code: "" }, {}],
    [{ ...OLGA, code: "0000-0000-0000-0000-0000" }, {}],
    [OLGA, { host: "evil.example", origin: "http://evil.example" }],
    [OLGA, { "x-forwarded-for": "127.0.0.1" }],
  ];
  for (const [body, headers] of attempts) {
    const answer = await send("POST", "/v1/account", body, headers);
    expect([headers, answer.text, answer.headers["set-cookie"]]).toEqual([
      headers,
      JSON.stringify({ signed_in: false, session: null }),
      undefined,
    ]);
  }
  expect((await raw(server.url)).text).toContain("Make the first account");
  expect((await send("POST", "/v1/account", { ...OLGA, code }, { origin: "https://evil.example" })).status).toBe(403);
  const made = await send("POST", "/v1/account", { ...OLGA, code: code.toLowerCase().replaceAll("-", " ") });
  olga = cookieOf(made);
  expect([made.status, olga !== ""]).toEqual([200, true]);
  expect((await send("POST", "/v1/account", { ...OLGA, email: "second@example.com", code })).status).toBe(409);
  expect((await raw(server.url)).text).not.toContain("Make the first account");
});

it("at its own machine a server with an account to make asks for no code, unless another name or a proxy is in between", async () => {
  const own = await startServer({ environment: { MEMOIR_AUTH: "accounts" } });
  try {
    const make = (headers: Record<string, string>) =>
      raw(`${own.url}/v1/account`, {
        method: "POST",
        headers: { ...JSON_TYPE, ...headers },
        body: JSON.stringify(OLGA),
      });
    const odd: Record<string, string>[] = [
      // A page that has led a name of its own to this machine.
      { host: "evil.example", origin: "http://evil.example" },
      { "x-forwarded-for": "203.0.113.9" },
      { via: "1.1 proxy" },
    ];
    for (const headers of odd)
      expect([headers, (await make(headers)).text]).toEqual([headers, expect.stringMatching(/"signed_in":false/)]);
    expect(cookieOf(await make({}))).toMatch(/^memoir-session=/);
  } finally {
    await own.stop();
  }
});

it("without a session nothing is told, by whatever a request claims to be", async () => {
  const claims: Record<string, string>[] = [
    {},
    { cookie: `memoir-session=${"A".repeat(43)}` },
    { cookie: `better-auth.session_token=${"A".repeat(43)}` },
    { authorization: "Bearer " },
    { authorization: `Bearer ${PASSWORD}` },
    { "x-bare-password": `password ${PASSWORD}` },
    { user_id: "user-00000000-0000-4000-8000-000000000000" },
    { authorization: `Basic ${btoa(`${OLGA.email}:${PASSWORD}`)}` },
  ];
  const paths = [
    "/v1/agents",
    "/v1/members",
    "/v1/invitations",
    "/v1/account",
    "/v1/sessions",
    "/v1/admin/users",
    "/v1/events",
  ];
  for (const headers of claims) {
    for (const path of paths) {
      expect([headers, path, (await raw(server.url + path, { headers })).status]).toEqual([headers, path, 401]);
    }
    const page = await raw(`${server.url}/settings/members`, { headers });
    expect([page.status, page.text.includes("current-password")]).toEqual([200, true]);
    expect(page.text).not.toMatch(/olga@example|MembersPage/);
  }
});

it("a cookie counts for own pages alone, and signing in takes no token that a browser came with", async () => {
  const chosen = `memoir-session=${"B".repeat(43)}`;
  const fixed = await signIn(OLGA.email, PASSWORD, { cookie: chosen });
  expect(cookieOf(fixed)).not.toBe(chosen);
  expect((await send("GET", "/v1/agents", undefined, { cookie: chosen })).status).toBe(401);
  const cookie = cookieOf(fixed);
  expect(fixed.headers["set-cookie"]![0]).toMatch(/HttpOnly; SameSite=Lax/);
  const evil: Record<string, string>[] = [
    { cookie, origin: "https://evil.example" },
    { cookie, origin: "null" },
    { cookie, "sec-fetch-site": "cross-site" },
  ];
  for (const headers of evil) {
    for (const [path, body] of [
      ["/v1/invitations", { role: "owner" }],
      ["/v1/account/organizations", { name: "Theirs" }],
      ["/v1/invitations/accept", { token: "x" }],
      ["/v1/sessions", { email: OLGA.email, password: PASSWORD }],
    ] as const) {
      const answer = await send("POST", path, body, headers);
      expect([headers, path, answer.status]).toEqual([headers, path, 403]);
    }
  }
  // A request without an origin is no page's: the cookie is not believed.
  const bare = await raw(`${server.url}/v1/invitations`, {
    method: "POST",
    headers: { ...JSON_TYPE, cookie },
    body: JSON.stringify({ role: "owner" }),
  });
  expect(bare.status).toBe(401);
  expect(bodyOf<unknown[]>(await send("GET", "/v1/invitations", undefined, { cookie }))).toEqual([]);
  const again = cookieOf(await signIn(OLGA.email, PASSWORD, { cookie }));
  expect((await send("GET", "/v1/agents", undefined, { cookie })).status).toBe(401);
  expect((await send("GET", "/v1/agents", undefined, { cookie: again })).status).toBe(200);
});

it("no role makes what stands above it, and none but owners and admins sees or changes who is here", async () => {
  const admin = await join(olga, "admin", "ada");
  const editor = await join(olga, "editor", "edith");
  const members = bodyOf<WireMember[]>(await send("GET", "/v1/members", undefined, { cookie: olga }));
  const of = (role: string) => members.find((member) => member.role === role)!;
  const attempts: [string, string, string, unknown][] = [
    [admin, "POST", "/v1/invitations", { role: "owner" }],
    [admin, "PATCH", `/v1/members/${of("admin").id}`, { role: "owner" }],
    [admin, "PATCH", `/v1/members/${of("owner").id}`, { role: "viewer" }],
    [admin, "DELETE", `/v1/members/${of("owner").id}`, undefined],
    [admin, "POST", `/v1/members/${of("owner").id}/password-reset`, {}],
    [editor, "POST", "/v1/invitations", { role: "viewer" }],
    [editor, "GET", "/v1/invitations", undefined],
    [editor, "PATCH", `/v1/members/${of("editor").id}`, { role: "admin" }],
    [editor, "DELETE", `/v1/members/${of("admin").id}`, undefined],
    [editor, "POST", `/v1/members/${of("admin").id}/password-reset`, {}],
  ];
  for (const [cookie, method, path, body] of attempts) {
    const answer = await send(method, path, body, { cookie });
    expect([method, path, answer.status]).toEqual([method, path, 403]);
  }
  const acting = (cookie: string, user: string) =>
    send("GET", "/v1/sessions/current", undefined, { cookie, user_id: user }).then(({ status }) => status);
  expect(await acting(editor, of("admin").user_id)).toBe(403);
  expect(await acting(admin, of("owner").user_id)).toBe(403);
  expect(await acting(admin, "user-00000000-0000-4000-8000-00000000dead")).toBe(404);
  const asEditor = await send("GET", "/v1/sessions/current", undefined, {
    cookie: admin,
    user_id: of("editor").user_id,
  });
  expect(bodyOf<{ role: string }>(asEditor).role).toBe("editor");
});

it("members and invitations of another organization are not seen, changed or acted for", async () => {
  const { id } = bodyOf<{ id: string }>(
    await send("POST", "/v1/account/organizations", { name: "Apart" }, { cookie: olga }),
  );
  const members = bodyOf<WireMember[]>(await send("GET", "/v1/members", undefined, { cookie: olga }));
  await send("POST", "/v1/invitations", { role: "viewer" }, { cookie: olga });
  const [invitation] = bodyOf<WireInvitation[]>(await send("GET", "/v1/invitations", undefined, { cookie: olga }));
  const admin = cookieOf(await signIn("ada@example.com", PASSWORD));
  expect((await send("PATCH", "/v1/sessions/current", { organization_id: id }, { cookie: admin })).status).toBe(404);
  expect((await send("PATCH", "/v1/sessions/current", { organization_id: id }, { cookie: olga })).status).toBe(204);
  try {
    const there = await send("GET", "/v1/members", undefined, { cookie: olga });
    expect(bodyOf<WireMember[]>(there).map((member) => member.name)).toEqual(["Olga"]);
    expect(bodyOf<unknown[]>(await send("GET", "/v1/invitations", undefined, { cookie: olga }))).toEqual([]);
    const other = members.find((member) => member.name === "edith")!;
    const attempts: [string, string, unknown, Record<string, string>?][] = [
      ["PATCH", `/v1/members/${other.id}`, { role: "viewer" }],
      ["DELETE", `/v1/members/${other.id}`, undefined],
      ["POST", `/v1/members/${other.id}/password-reset`, {}],
      ["DELETE", `/v1/invitations/${invitation!.id}`, undefined],
      ["GET", `/v1/members?after=${other.id}`, undefined],
      ["GET", "/v1/agents", undefined, { user_id: other.user_id }],
    ];
    for (const [method, path, body, headers] of attempts) {
      const answer = await send(method, path, body, { cookie: olga, ...headers });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  } finally {
    const home = members[0]!;
    expect(home.name).toBe("Olga");
    const organizations = bodyOf<{ organizations: { id: string }[] }>(
      await send("GET", "/v1/account", undefined, { cookie: olga }),
    ).organizations;
    await send("PATCH", "/v1/sessions/current", { organization_id: organizations[0]!.id }, { cookie: olga });
  }
});

it("a removed member is out at once, also of a stream that is open, and another's session is not ended by who is not its owner", async () => {
  const tess = await join(olga, "tester", "tess");
  const mine = bodyOf<WireSession[]>(await send("GET", "/v1/sessions", undefined, { cookie: tess }));
  expect(
    (
      await send("DELETE", `/v1/sessions/${mine[0]!.id}`, undefined, {
        cookie: cookieOf(await signIn("edith@example.com", PASSWORD)),
      })
    ).status,
  ).toBe(404);
  const heard = await fetch(`${server.url}/v1/events`, { headers: { cookie: tess } });
  const reader = heard.body!.getReader();
  await reader.read();
  const members = bodyOf<WireMember[]>(await send("GET", "/v1/members", undefined, { cookie: olga }));
  const { id } = members.find((member) => member.name === "tess")!;
  expect((await send("DELETE", `/v1/members/${id}`, undefined, { cookie: olga })).status).toBe(204);
  expect((await reader.read()).done).toBe(true);
  expect((await send("GET", "/v1/agents", undefined, { cookie: tess })).status).toBe(401);
  expect(bodyOf(await signIn("tess@example.com", PASSWORD))).toMatchObject({ signed_in: false });
});

it("guesses of a password are slowed by address, as many at once as one by one; the right one gets its turn", async () => {
  const from = (address: string) => ({ "x-forwarded-for": address });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => signIn(OLGA.email, `a guess of mine ${n}`, from("203.0.113.7"))),
  );
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 429]));
  expect(answers.filter((answer) => answer.status === 200).length).toBeLessThan(25);
  expect(answers.every((answer) => answer.headers["set-cookie"] === undefined)).toBe(true);
  expect(cookieOf(await signIn(OLGA.email, PASSWORD, from("203.0.113.8")))).not.toBe("");
  await expect
    .poll(async () => cookieOf(await signIn(OLGA.email, PASSWORD, from("203.0.113.7"))), {
      timeout: 60_000,
      interval: 1000,
    })
    .not.toBe("");
  expect(server.output()).not.toMatch(/a guess of mine|a password of one's own|memoir-session/);
});
