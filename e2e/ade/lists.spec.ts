import type { Locator, Page } from "@playwright/test";
import { type Agent, type Api, expect, expectAccessible, pickAgent, test, Workbench } from "./fixtures";

/** More than a page of every list. */
const MANY = 56;
const names = Array.from({ length: MANY }, (_, n) => `Crowd ${String(n).padStart(3, "0")}`);

/** Agents with a run each, the first the oldest; made once for the file's server. */
let crowd: Promise<{ agent: Agent; runId: string }[]> | null = null;
function makeCrowd(api: Api) {
  crowd ??= (async () => {
    const made: { agent: Agent; runId: string }[] = [];
    for (const name of names) {
      const agent = await api.makeAgent({ name, model: "memoir/demo", include_base_tools: false });
      const run = await api.send<{ id: string }>("POST", `/v1/agents/${agent.id}/messages/async`, { input: "hello" });
      made.push({ agent, runId: run.id });
    }
    return made;
  })();
  return crowd;
}

/** Presses the button at a list's end, by keyboard, until what is looked for is there. */
async function loadUntil(more: Locator, wanted: Locator): Promise<void> {
  await expect
    .poll(async () => {
      if ((await wanted.count()) === 0 && (await more.count()) > 0) {
        await more
          .first()
          .press("Enter", { timeout: 2000 })
          .catch(() => {});
      }
      return wanted.count();
    })
    .toBeGreaterThan(0);
}
const loadMore = (page: Page) => page.getByRole("button", { name: "Load more" });

test("the list of agents says how many there are, and pages on to the oldest", async ({ page, api }) => {
  await makeCrowd(api);
  const total = await api.get<number>("/v1/agents/count");
  await page.setViewportSize({ width: 1440, height: 500 });
  await page.goto("/agents");
  await expect(page.getByRole("link", { name: names.at(-1)!, exact: true })).toBeVisible();
  await expect(page.getByText(`50 of ${total} agents are shown.`)).toBeAttached();
  await expectAccessible(page);
  await loadUntil(loadMore(page), page.getByRole("link", { name: names[0]!, exact: true }));
  await expect(loadMore(page)).toHaveCount(0);
});

test("scrolling to the end of a list loads the rest by itself", async ({ page, api }) => {
  await makeCrowd(api);
  await page.setViewportSize({ width: 390, height: 500 });
  await page.goto("/agents");
  const oldest = page.getByRole("link", { name: names[0]!, exact: true });
  await expect
    .poll(async () => {
      await loadMore(page)
        .scrollIntoViewIfNeeded({ timeout: 500 })
        .catch(() => {});
      return oldest.count();
    })
    .toBe(1);
});

test("⌘K finds the oldest of many agents by its name, and a picker does", async ({ page, api }) => {
  const [oldest] = await makeCrowd(api);
  await page.goto("/settings");
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Search everything" }).fill(names[0]!);
  await expect(page.getByRole("option", { name: new RegExp(`^${names[0]}`) })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/agents/${oldest!.agent.id}`));

  await page.goto("/runs");
  await pickAgent(page, "Filter by agent", names[0]!);
  const all = page.getByRole("region", { name: "All runs" });
  await expect(all.getByRole("link", { name: names[0]! })).toHaveCount(1);
  await page.getByRole("button", { name: "Filter by agent: All agents" }).click();
  await expect(all.getByRole("link", { name: names.at(-1)! })).toBeVisible();
});

test("a run beyond the first page opens by its link, and is reached in the list", async ({ page, api }) => {
  const [oldest] = await makeCrowd(api);
  await page.goto(`/runs?run=${oldest!.runId}`);
  const dialog = page.getByRole("dialog", { name: `Run of ${names[0]}` });
  await expect(dialog.getByText(/^model \d/).first()).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  await loadUntil(loadMore(page), page.getByRole("button", { name: `Open the waterfall of run ${oldest!.runId}` }));
});

test("a conversation beyond the first page has its name, and the menu pages on by keyboard", async ({ page, api }) => {
  const agent = await api.makeAgent();
  const ids: string[] = [];
  for (let n = 0; n < MANY; n++) {
    const query = `agent_id=${agent.id}`;
    ids.push((await api.send<{ id: string }>("POST", `/v1/conversations?${query}`, { summary: `Talk ${n}.` })).id);
  }
  const bench = new Workbench(page);
  await bench.open(agent, `?conversation=${ids[0]}`);
  await page.getByRole("button", { name: "Talk 0.", exact: true }).press("Enter");
  await expect(page.getByRole("menuitem", { name: /^Talk 55\./ })).toBeVisible();
  const more = page.getByRole("menuitem", { name: /^Show more than these 50/ });
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: /^Talk 0\./ })).toBeVisible();
  await expect(more).toHaveCount(0);
});

test("versions of a block and of an agent go back to the first", async ({ page, api }) => {
  const agent = await api.makeAgent();
  const human = agent.blocks.find((block) => block.label === "human")!;
  for (let n = 1; n < MANY; n++) {
    await api.send("PATCH", `/v1/blocks/${human.id}`, { value: `Value ${n}` });
    await api.send("PATCH", `/v1/agents/${agent.id}`, { system: `Prompt ${n}` });
  }
  const bench = new Workbench(page);
  await bench.open(agent);
  await loadUntil(loadMore(page), page.getByRole("button", { name: "Restore version 1", exact: true }));
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: `Versions (${MANY})` }).click();
  const first = dialog.getByRole("button", { name: /^v1\b/ });
  await loadUntil(dialog.getByRole("button", { name: "Load more" }), first);
  await first.click();
  await expect(dialog.getByRole("heading", { name: "Version 1, the first" })).toBeVisible();
});

test("identities page on", async ({ page, api }) => {
  for (const name of names) {
    await api.send("POST", "/v1/identities", { identifier_key: name, name, identity_type: "user" });
  }
  await page.goto("/identities");
  await expect(page.getByText("50 identities are shown, and there are more.")).toBeAttached();
  await loadUntil(loadMore(page), page.getByText(names[0]!, { exact: true }));
});
