import type { Page } from "@playwright/test";
import { expect, expectAccessible, test, Workbench } from "./fixtures";

const PASSWORD = "a long password";
test.use({ environment: { MEMOIR_PASSWORD: PASSWORD } });

const field = (page: Page) => page.getByRole("textbox", { name: "Password" });

async function signIn(page: Page): Promise<void> {
  await field(page).fill(PASSWORD);
  await field(page).press("Enter");
  await expect(field(page)).toHaveCount(0);
}

test("a person signs in by keyboard, with the error in words, and is on the page that was asked for", async ({
  page,
  context,
}) => {
  await page.goto("/settings?from=a#link");
  await expect(page).toHaveTitle("Sign in · Memoir");
  await expect(field(page)).toBeFocused();
  await expect(field(page)).toHaveAttribute("autocomplete", "current-password");
  await expectAccessible(page);

  await page.keyboard.press("Enter");
  await expect(page.getByText("Give the password first.").first()).toBeVisible();
  await page.keyboard.type("something else");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveAccessibleDescription("This is not the password of this server.");
  await expect(field(page)).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);

  await field(page).fill(PASSWORD);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Hide the password" }).click();
  await expect(field(page)).toHaveAttribute("type", "password");
  await field(page).press("Enter");

  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  expect(new URL(page.url()).pathname + new URL(page.url()).search + new URL(page.url()).hash).toBe(
    "/settings?from=a#link",
  );
  const [cookie, ...others] = await context.cookies();
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/", secure: false });
  expect(cookie!.value).not.toContain(PASSWORD);
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test("the sign-in fits a phone, and dark follows the system", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Sign in" })).toBeInViewport();
  await expect(page.locator("html")).toHaveClass(/dark/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page);
});

test("a signed-in person talks to an agent, uploads a file, and hears of what others do", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent();
  const bench = new Workbench(page);
  await page.goto(`/agents/${agent.id}`);
  await signIn(page);
  await expect(bench.message).toBeVisible();
  model.push({ text: "Hello, I hear you." });
  await bench.say("do you hear me");
  await expect(bench.log).toContainText("Hello, I hear you.");
  const human = agent.blocks.find((block) => block.label === "human")!;
  await api.send("PATCH", `/v1/blocks/${human.id}`, { value: "Changed from elsewhere" });
  await expect(page.getByText("Changed from elsewhere").first()).toBeVisible();

  const folder = await api.send<{ id: string }>("POST", "/v1/folders", { name: `of ${agent.name}` });
  await page.goto(`/folders/${folder.id}`);
  await page.getByLabel("Files to add").setInputFiles({
    name: "note.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("words"),
  });
  await expect(page.getByText("note.txt").first()).toBeVisible();
  await expect.poll(() => api.get<unknown[]>(`/v1/folders/${folder.id}/files`).then((files) => files.length)).toBe(1);
});

test.describe("when a session ends", () => {
  // The request that finds out is refused, which a browser notes.
  test.use({ allowed: [/401 \(Unauthorized\)/] });

  test("an open page goes to the sign-in by itself, and comes back to where it was", async ({ page, api }) => {
    await page.goto("/tools");
    await signIn(page);
    await expect(page.getByRole("heading", { name: "Tools" })).toBeVisible();
    await api.send("DELETE", "/v1/sessions");
    await expect(field(page)).toBeVisible();
    expect(new URL(page.url()).pathname).toBe("/tools");
    await signIn(page);
    await expect(page.getByRole("heading", { name: "Tools" })).toBeVisible();
  });

  test("Settings list who is signed in, this browser marked; others are ended there, and one signs out", async ({
    page,
    browser,
    baseURL,
  }) => {
    await page.goto("/settings");
    await signIn(page);
    const other = await browser.newContext({ baseURL: baseURL!, userAgent: "Other/1.0" });
    const there = await other.newPage();
    await there.goto("/tools");
    await signIn(there);

    await page.reload();
    const part = page.getByRole("region", { name: "Who gets in" });
    await expect(part).toContainText("One password.");
    await expect(part.getByRole("listitem").filter({ hasText: "this browser" })).toHaveCount(1);
    await expect(part.getByRole("listitem").filter({ hasText: "Other/1.0" })).toHaveCount(1);
    await expectAccessible(page);
    await part.getByRole("button", { name: "End the session of Other/1.0" }).press("Enter");
    await expect(part.getByRole("listitem").filter({ hasText: "Other/1.0" })).toHaveCount(0);
    await expect(field(there)).toBeVisible();
    await signIn(there);
    await page.reload();
    await part.getByRole("button", { name: /^End all others/ }).click();
    await expect(part.getByRole("listitem")).toHaveCount(1);
    await other.close();

    await part.getByRole("button", { name: "Sign out" }).click();
    await expect(field(page)).toBeVisible();
    expect((await page.request.get("/v1/agents")).status()).toBe(401);
    await page.goBack();
    await expect(field(page)).toBeVisible();
  });
});

test("a key is made, shown once, named by what a program does with it, and revoked", async ({ page, api, baseURL }) => {
  const agent = await api.makeAgent();
  await page.goto("/settings");
  await signIn(page);
  const part = page.getByRole("region", { name: "Keys of programs" });
  const name = `deploy-${agent.id.slice(-6)}`;
  await part.getByLabel("Name of the program").fill(name);
  await part.getByLabel("What it may do").selectOption("editor");
  await part.getByLabel("Name of the program").press("Enter");
  const key = (await part.getByRole("status").locator("code").textContent())!;
  await expectAccessible(page);
  const ask = (path: string, method = "GET", body?: unknown) =>
    fetch(baseURL + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const human = agent.blocks.find((block) => block.label === "human")!;
  expect((await ask(`/v1/blocks/${human.id}`, "PATCH", { value: "Written by a program" })).status).toBe(200);
  expect((await ask("/v1/providers", "POST", { name: "x", provider_type: "openai", api_key: "k" })).status).toBe(403);

  await page.reload();
  const row = part.getByRole("listitem").filter({ hasText: name });
  await expect(row).toContainText("editor");
  await expect(page.getByText(key!)).toHaveCount(0);
  await row.getByRole("button", { name: `Revoke ${name}` }).press("Enter");
  await row.getByRole("button", { name: "Revoke it" }).press("Enter");
  await expect(row).toHaveCount(0);
  expect((await ask("/v1/agents")).status).toBe(401);

  const bench = new Workbench(page);
  await bench.open(agent);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: /^Versions/ }).click();
  await expect(dialog.getByText(`key ${name}`).first()).toBeVisible();
});
