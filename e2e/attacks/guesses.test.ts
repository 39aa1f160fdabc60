import { afterAll, beforeAll, expect, it } from "vitest";
import { raw } from "../support/raw-http";
import { startServer, type TestServer } from "../support/server";

const PASSWORD = "a password that is long";
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { MEMOIR_PASSWORD: PASSWORD, MEMOIR_TRUSTED_PROXIES: "127.0.0.1" } });
});
afterAll(() => server?.stop());

const ask = (password: string, address: string) =>
  raw(`${server.url}/v1/agents`, {
    headers: { authorization: `Bearer ${password}`, "x-forwarded-for": address, "x-request-id": `from-${address}` },
  });

it("wrong passwords from one address are slowed down and logged; the right one gets its turn, others at once", async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(`guess ${n}`, "203.0.113.7")));
  const statuses = answers.map((answer) => answer.status);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(statuses.filter((status) => status === 401).length).toBeLessThan(25);
  const refused = answers.find((answer) => answer.status === 429)!;
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(JSON.parse(refused.text)).toMatchObject({ detail: expect.stringMatching(/Try again in \d+ seconds/) });
  expect((await ask(PASSWORD, "203.0.113.8")).status).toBe(200);
  const turn = await ask(PASSWORD, "203.0.113.7");
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(turn.headers["retry-after"] ?? 0)));
  expect(turn.status === 200 || (await ask(PASSWORD, "203.0.113.7")).status === 200).toBe(true);
  const logged = server
    .output()
    .split("\n")
    .filter((line) => line.includes("a wrong password"));
  expect(logged.length).toBeGreaterThan(5);
  expect(JSON.parse(logged.at(-1)!)).toMatchObject({
    level: "warn",
    address: "203.0.113.7",
    request_id: "from-203.0.113.7",
  });
  expect(server.output()).not.toMatch(/guess \d|a password that is long/);
});
