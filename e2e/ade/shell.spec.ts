import { expect, expectAccessible, test, Workbench } from "./fixtures";

test("the first page is the workbench of an agent with a past", async ({ page }) => {
  const bench = new Workbench(page);
  await page.goto("/");
  await expect(page).toHaveURL(/\/agents\/agent-/);
  await expect(bench.message).toBeVisible();
});

test("the demo model is named as what it is", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(page.getByRole("region", { name: "Simulator" }).getByText("Demo model — not an LLM")).toBeVisible();
  await page.goto("/settings");
  await expect(page.getByRole("table").getByText("Demo model — not an LLM")).toBeVisible();
});

test("a provider that is added in Settings brings its models", async ({ page, model }) => {
  await page.goto("/settings");
  const name = `added-${Math.random().toString(36).slice(2, 8)}`;
  const part = page.getByRole("region", { name: "Providers" });
  await part.getByRole("textbox", { name: /^Name/ }).fill(name);
  await part.getByRole("textbox", { name: "Key" }).fill("test");
  await page.getByRole("textbox", { name: /^Address/ }).fill(model.url);
  await page.getByRole("button", { name: "Add the provider" }).click();
  const handle = page.getByRole("cell", { name: `${name}/scripted`, exact: true });
  await expect(handle).toBeVisible();
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  await expect(handle).toHaveCount(0);
});

test("a provider's key is changed, and the provider is asked with the new one", async ({
  page,
  model,
  api,
  allowed,
}) => {
  allowed.push(/401/);
  const name = `changed-${Math.random().toString(36).slice(2, 8)}`;
  await api.send("POST", "/v1/providers/", { name, provider_type: "vllm", base_url: model.url, api_key: "test" });
  await page.goto("/settings");
  const form = page.getByRole("form", { name: `Change ${name}` });
  await page.getByRole("button", { name: `Change ${name}` }).click();
  await form.getByRole("textbox", { name: /^New key/ }).fill("wrong");
  await form.getByRole("button", { name: "Save the change" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "key is not accepted" })).toBeVisible();
  await page.getByRole("button", { name: `Change ${name}` }).click();
  await form.getByRole("textbox", { name: /^New key/ }).fill("right");
  await form.getByRole("button", { name: "Save the change" }).click();
  await expect(page.getByText(/· asked/)).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "key is not accepted" })).toHaveCount(0);
  await page.getByRole("button", { name: `Remove ${name}` }).click();
});

test("a provider that refuses its key is not kept, and the page says why", async ({ page, model, allowed }) => {
  allowed.push(/401/);
  await page.goto("/settings");
  const part = page.getByRole("region", { name: "Providers" });
  await part.getByRole("textbox", { name: /^Name/ }).fill("refused");
  await part.getByRole("textbox", { name: "Key" }).fill("wrong");
  await page.getByRole("textbox", { name: /^Address/ }).fill(model.url);
  await page.getByRole("button", { name: "Add the provider" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "key is not accepted" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove refused" })).toHaveCount(0);
});

test("⌘K finds agents, pages and commands", async ({ page }) => {
  await page.goto("/agents");
  // Whichever agents are the newest: other tests have made some.
  await expect(page.getByRole("heading", { level: 1, name: "Agents" })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Search everything" }).fill("settings");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/settings/);
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Search everything" }).fill("Ada");
  await page.getByRole("option", { name: /^Ada/ }).click();
  await expect(page).toHaveURL(/\/agents\/agent-/);
});

test("? lists the keys", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("One step back");
});

test("dark and light are switched and kept", async ({ page }) => {
  await page.goto("/agents");
  const html = page.locator("html");
  const dark = await html.evaluate((element) => element.classList.contains("dark"));
  await page.getByRole("button", { name: "Switch between dark and light" }).click();
  await expect(html).toHaveClass(dark ? /light/ : /dark/);
  await page.reload();
  await expect(html).toHaveClass(dark ? /light/ : /dark/);
});

test.describe("at 390 pixels", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("one pane at a time, over the time line, and nothing runs out of the page", async ({ page, api }) => {
    const bench = new Workbench(page);
    await bench.open(await api.ada());
    const panes = page.getByRole("navigation", { name: "Panes" });
    await panes.getByRole("button", { name: "Memory" }).click();
    await expect(page).toHaveURL(/pane=context/);
    await expect(page.getByRole("region", { name: "Context window" })).toBeVisible();
    await panes.getByRole("button", { name: "Agent" }).click();
    await expect(page.getByRole("region", { name: "Tools" })).toBeVisible();
    await expect(bench.timeline).toBeVisible();
    await panes.getByRole("button", { name: "Simulator" }).click();
    await expect(bench.message).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  test("every page stays within the screen, and scrolls inside of itself", async ({ page, api }) => {
    const ada = await api.ada();
    const source = `def stays_within(a: str) -> str:\n    """Stays.\n\n    Args:\n        a: text\n    """\n    return a\n`;
    const tool = await api.send<{ id: string }>("POST", "/v1/tools", { source_code: source });
    const paths = [
      "/agents",
      `/agents/${ada.id}`,
      "/runs",
      "/dashboard",
      "/tests",
      "/tests/new",
      "/tools",
      `/tools/${tool.id}`,
      "/tools/new",
      "/folders",
    ];
    for (const path of [...paths, "/templates", "/schedules", "/batches", "/identities", "/settings"]) {
      await page.goto(path);
      await expect(page.getByRole("main").first()).toBeVisible();
      await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
      const size = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return { scrollWidth, scrollHeight };
      });
      expect({ path, ...size }).toEqual({ path, scrollWidth: 390, scrollHeight: 844 });
    }
  });
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(`in ${scheme}`, () => {
    test.use({ colorScheme: scheme });

    test(`axe finds nothing serious in the workbench in ${scheme}`, async ({ page, api }) => {
      const bench = new Workbench(page);
      const ada = await api.ada();
      await bench.open(ada);
      await expect(bench.timeline).toBeVisible();
      await expect(bench.log).toBeVisible();
      await expectAccessible(page);
      await bench.timeline.press("Home");
      await expect(page.getByRole("region", { name: "Agent as of the step" })).toBeVisible();
      await expectAccessible(page);
      await page.goto(`/agents/${ada.id}?block=${ada.blocks[0]!.id}`);
      await expect(page.getByRole("dialog").getByRole("textbox", { name: "Text" })).toBeVisible();
      await expectAccessible(page);
    });

    for (const path of [
      "/agents",
      "/runs",
      "/dashboard",
      "/settings",
      "/schedules",
      "/batches",
      "/identities",
      "/agents?new=1",
    ]) {
      test(`axe finds nothing serious on ${path} in ${scheme}`, async ({ page }) => {
        await page.goto(path);
        await expect(page.getByRole("status")).toHaveCount(0);
        await expectAccessible(page);
      });
    }
  });
}

test.describe("when a thing is not there", () => {
  test.use({ allowed: [/404/] });

  test("the page says so and leads on", async ({ page }) => {
    await page.goto("/agents/agent-00000000-0000-4000-8000-000000000001");
    await expect(page.getByRole("main").getByRole("alert")).toContainText("This is not here");
    await page.getByRole("link", { name: "All agents" }).click();
    await expect(page.getByRole("heading", { name: "Agents" })).toBeVisible();
  });
});

test.describe("when the server does not answer", () => {
  test.use({ allowed: [/ERR_FAILED|Failed to load/] });

  test("a pane says what to do, the rest of the page goes on, and trying again works", async ({ page, api }) => {
    const bench = new Workbench(page);
    let broken = true;
    await page.route("**/context/sections*", (route) => (broken ? route.abort() : route.continue()));
    await bench.open(await api.ada());
    const pane = page.getByRole("region", { name: "Context window" });
    await expect(pane.getByRole("alert")).toContainText("can't be reached");
    await expect(bench.log).toBeVisible();
    broken = false;
    await pane.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("list", { name: "Sections to scale" })).toBeVisible();
  });
});
