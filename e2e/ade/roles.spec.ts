import type { APIRequestContext, Browser, BrowserContext, Page } from "@playwright/test";
import { expect, expectAccessible, test, Workbench } from "./fixtures";

test.use({ environment: { MEMOIR_AUTH: "accounts" } });
// One server, whose first account is made once.
test.describe.configure({ mode: "serial" });

const PASSWORD = "a long password";
const ROLES = ["owner", "tester", "viewer"] as const;
type Role = (typeof ROLES)[number];
type Person = { context: BrowserContext; page: Page; api: APIRequestContext; said: string[] };

const people = new Map<Role | "stranger", Person>();
const of = (who: Role | "stranger") => people.get(who)!;
let ada: { id: string };

/** A browser of one's own; what its console says, and what it was refused, is kept. */
async function come(browser: Browser, baseURL: string): Promise<Person> {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") said.push(message.text());
  });
  page.on("response", (response) => {
    if (response.status() === 403) said.push(`403 ${response.url()}`);
  });
  return { context, page, api: context.request, said };
}

async function post<T>(person: Person, baseURL: string, path: string, data: object): Promise<T> {
  const answer = await person.api.post(path, { data, headers: { origin: new URL(baseURL).origin } });
  expect([path, answer.status()]).toEqual([path, expect.any(Number)]);
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

test.beforeAll(async ({ browser, rig }) => {
  const baseURL = rig.url;
  for (const who of [...ROLES, "stranger"] as const) people.set(who, await come(browser, baseURL));
  const account = (name: string) => ({ name, email: `${name}@example.com`, password: PASSWORD });
  await post(of("owner"), baseURL, "/v1/account", account("owner"));
  for (const role of ["tester", "viewer"] as const) {
    const { url } = await post<{ url: string }>(of("owner"), baseURL, "/v1/invitations", { role });
    await post(of(role), baseURL, "/v1/invitations/accept", { token: url.split("#")[1], account: account(role) });
  }
  [ada] = await (await of("owner").api.get("/v1/agents?name=Ada")).json();
});
test.afterAll(async () => {
  for (const { context } of people.values()) await context.close();
});

const PAGES = [
  "/agents",
  "/runs",
  "/dashboard",
  "/tests",
  "/tools",
  "/folders",
  "/schedules",
  "/batches",
  "/templates",
  "/identities",
  "/settings",
  "/settings/members",
  "/settings/account",
  "/settings/audit",
];

for (const role of ["tester", "viewer"] as const) {
  test(`a ${role} opens every page, and none of them asks for what a ${role} may not see`, async () => {
    test.slow();
    const { page, said, api } = of(role);
    const tools: { id: string }[] = await (await api.get("/v1/tools?limit=50")).json();
    const own = tools.find((tool) => "source_type" in tool && tool.id) ?? tools[0];
    for (const path of [...PAGES, `/agents/${ada.id}`, `/tools/${own!.id}`]) {
      await page.goto(path);
      await expect(page.getByRole("main").or(page.getByRole("log")).first()).toBeVisible();
      await page.waitForLoadState("load");
      await expect(page.getByText(/^Loading/)).toHaveCount(0);
    }
    await expect.poll(() => said).toEqual([]);
  });
}

test("a viewer reads an agent and its memory, is told why nothing can be sent or changed, and changes nothing", async () => {
  const { page, said } = of("viewer");
  await page.goto(`/agents/${ada.id}`);
  await expect(page.getByText("Your role here is viewer: it reads.").first()).toBeVisible();
  await expect(page.getByRole("textbox", { name: /^Message to/ })).toHaveCount(0);
  await page
    .getByRole("button", { name: /^Open block / })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Text")).toHaveAttribute("readonly", "");
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await page.goto("/agents");
  const make = page.getByRole("button", { name: "New agent" }).first();
  await expect(make).toBeDisabled();
  await expect(make).toHaveAttribute("title", "Your role here is viewer: it reads.");
  for (const row of await page.getByRole("button", { name: /^Delete / }).all()) await expect(row).toBeDisabled();

  await page.goto("/settings/audit");
  await expect(page.getByText("The audit is for owners and admins.")).toBeVisible();
  await expectAccessible(page);
  await page.goto("/settings");
  await expect(page.getByText("Providers are for owners and admins.")).toBeVisible();
  expect(said).toEqual([]);
});

test("a tester talks to an agent, and may not change it; its name is in the audit that the owner reads", async ({
  model,
}) => {
  const { page, said } = of("tester");
  const { id } = await post<{ id: string }>(of("owner"), page.url(), "/v1/agents", {
    name: "Talked",
    model: "openai/scripted",
  });
  model.reset();
  const workbench = new Workbench(page);
  await workbench.open({ id });
  await workbench.say("Hello");
  await expect(workbench.log.getByText("Hello").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Attach a tool" })).toBeDisabled();
  expect(said.filter((text) => text.startsWith("403"))).toEqual([]);

  // What the page does not offer, the server refuses all the same; and tells the owner.
  const refused = await of("tester").api.delete(`/v1/agents/${id}`, {
    headers: { origin: new URL(page.url()).origin },
  });
  expect(refused.status()).toBe(403);
  const owner = of("owner").page;
  await owner.goto(`/settings/audit?outcome=refused&targetId=${id}`);
  const entries = owner.getByRole("list", { name: "Entries" });
  const entry = entries.getByRole("button", { name: /agents: delete/ });
  await expect(entry).toContainText("by tester");
  await entry.press("Enter");
  await expect(entries).toContainText("Ended by");
  await expect(entries).toContainText("forbidden");
  await expectAccessible(owner);
});

test("a change in the pages is in the audit with its difference, found by filters, and given out as a table", async () => {
  const { page, said } = of("owner");
  const { id } = await post<{ id: string }>(of("owner"), page.url(), "/v1/agents", {
    name: "Named",
    model: "openai/scripted",
  });
  await page.goto(`/agents/${id}`);
  const name = page.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("Renamed");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Agent Renamed: switch" })).toBeVisible();
  await page.goto("/settings/audit");
  await page.getByLabel("Of what").selectOption("agents");
  const entry = page.getByRole("list", { name: "Entries" }).getByRole("button", { name: /agents: update Renamed/ });
  await entry.click();
  const row = page.getByRole("row", { name: /^name / });
  await expect(row).toContainText("Named");
  await expect(row).toContainText("Renamed");
  await page.getByRole("button", { name: "all of it" }).click();
  await expect(page).toHaveURL(new RegExp(`targetId=${id}`));
  await expect(page.getByRole("list", { name: "Entries" }).getByRole("listitem")).toHaveCount(2);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/^audit-[\d-]+\.csv$/);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page);
  expect(said).toEqual([]);
});

test("a role that is changed is another on an open page, too, as soon as it is come back to", async () => {
  const members: { id: string; name: string }[] = await (await of("owner").api.get("/v1/members")).json();
  const { id } = members.find((member) => member.name === "viewer")!;
  const { page } = of("viewer");
  await page.goto(`/agents/${ada.id}`);
  await expect(page.getByText(/^Your role here is viewer/).first()).toBeVisible();
  const headers = { origin: new URL(page.url()).origin };
  expect((await of("owner").api.patch(`/v1/members/${id}`, { data: { role: "tester" }, headers })).ok()).toBe(true);
  await page.reload();
  await expect(page.getByRole("textbox", { name: /^Message to/ })).toBeVisible();
});

test("a stranger sees the sign-in in the place of every page, and nothing of anybody's", async () => {
  const { page, api } = of("stranger");
  for (const path of [...PAGES, `/agents/${ada.id}`]) {
    await page.goto(path);
    await expect(page).toHaveTitle("Sign in · Memoir");
    // In the whole, where a nonce may have any three letters, what she is: her name, in what is read.
    expect(await page.content()).not.toContain("shared past");
    await expect(page.locator("body")).not.toContainText("Ada");
  }
  for (const path of ["/v1/permissions", "/v1/audit", "/v1/audit/export?format=csv", `/v1/agents/${ada.id}`]) {
    expect([path, (await api.get(path)).status()]).toEqual([path, 401]);
  }
});

test("limits are set in the pages, what is used up is seen, and a program hears it in a sentence", async () => {
  const { page } = of("owner");
  await page.goto("/settings");
  const form = page.getByRole("form", { name: "Limits of the organization" });
  await expect(form.getByLabel("Tokens a day")).toHaveValue("");
  await form.getByLabel("Tokens a day").fill("nonsense");
  await expect(form.getByLabel("Tokens a day")).toHaveAccessibleDescription(/A number above nothing/);
  await form.getByLabel("Tokens a day").fill("1");
  await form.getByRole("button", { name: "Save the limits" }).press("Enter");
  await expect(form.getByText(/% of the limit/)).toBeVisible();
  await expect(form.getByRole("button", { name: "Save the limits" })).toBeDisabled();
  await expectAccessible(page);
  await page.goto("/dashboard");
  await expect(page.getByText(/^Tokens a day: /)).toBeVisible();
  const headers = { origin: new URL(page.url()).origin };
  await expect
    .poll(async () => {
      const answer = await of("owner").api.post(`/v1/agents/${ada.id}/messages`, { data: { input: "Hi" }, headers });
      return [answer.status(), await answer.text()];
    })
    .toEqual([429, expect.stringContaining("this organization may use 1 tokens a day")]);
  await page.goto("/settings");
  await form.getByLabel("Tokens a day").fill("");
  await form.getByRole("button", { name: "Save the limits" }).click();
  await expect(form.getByText(/% of the limit/)).toHaveCount(0);
});
