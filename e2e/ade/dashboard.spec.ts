import { startServer, type TestServer } from "../support/server";
import { test as base, expect } from "./fixtures";
import { giveRuns } from "./runs-server";

/** Servers of one's own: one with runs, and one without any. */
const test = base.extend<object, { year: { url: string; agent: string }; bare: TestServer }>({
  year: [
    // biome-ignore lint/correctness/noEmptyPattern: fixtures are asked for by such a pattern.
    async ({}, use) => {
      const server = await startServer({ web: true });
      const made = await fetch(`${server.url}/v1/agents/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "Of the year", model: "memoir/demo" }),
      });
      const { id } = (await made.json()) as { id: string };
      // Of the year only its end has runs: each day is added up by itself.
      await giveRuns(server, [id], { runs: 150, days: 35 });
      const start = new Date(Date.now() - 364 * 86_400_000).toISOString();
      const isComplete = async () => {
        const answer = await fetch(`${server.url}/v1/usage?start_date=${start}`);
        return ((await answer.json()) as { is_complete: boolean }).is_complete;
      };
      // Jobs add them up in the background.
      await expect.poll(isComplete, { timeout: 600_000 }).toBe(true);
      await use({ url: server.url, agent: id });
      await server.stop();
    },
    { scope: "worker", timeout: 900_000 },
  ],
  bare: [
    // biome-ignore lint/correctness/noEmptyPattern: fixtures are asked for by such a pattern.
    async ({}, use) => {
      const server = await startServer({ web: true });
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 300_000 },
  ],
});

test("a year is drawn, each chart is a table too, and a row of it leads to the runs that it counts", async ({
  page,
  year,
}) => {
  await page.goto(`${year.url}/dashboard?days=365`);
  const runs = page.getByRole("figure", { name: "Runs", exact: true });
  await expect(runs.locator(".recharts-bar-rectangle").first()).toBeVisible();
  for (const name of ["Time of whole runs", "Time to the first token", "Tokens", "Known cost", "Memory"]) {
    await expect(page.getByRole("figure", { name, exact: true }).locator("svg").first()).toBeVisible();
  }
  await expect(page.getByText(/without a price/)).toBeVisible();
  await expect(page.getByRole("table", { name: "Slowest tools" }).getByRole("row")).toHaveCount(9);
  await page.getByRole("button", { name: "Runs as a table", exact: true }).press("Enter");
  const table = runs.getByRole("table", { name: "Runs" });
  const counts = await table
    .getByRole("row")
    .evaluateAll((rows) =>
      rows.map((row) => Array.from(row.querySelectorAll("td"), (cell) => Number(cell.textContent))),
    );
  const sums = counts.map((cells) => cells.reduce((sum, count) => sum + count, 0));
  const index = sums.findIndex((sum) => sum > 0);
  const counted = sums[index]!;
  const row = table.getByRole("row").nth(index);
  await row.getByRole("link").press("Enter");
  await expect(page).toHaveURL(/\/runs\?from=/);
  const all = page.getByRole("region", { name: "All runs" });
  await expect(all.getByRole("button", { name: /^Open the waterfall/ })).toHaveCount(counted);
  await all.getByRole("button", { name: /^Without: Begun from/ }).click();
  await expect(page).toHaveURL(/\/runs$/);
});

test("a bar that is clicked opens the runs of its time and kind, and back is the dashboard as it was", async ({
  page,
  year,
}) => {
  await page.goto(`${year.url}/dashboard?days=30&agent_id=${year.agent}`);
  const runs = page.getByRole("figure", { name: "Runs", exact: true });
  await runs.locator(".recharts-bar").first().locator(".recharts-bar-rectangle path").first().click();
  await expect(page).toHaveURL(new RegExp(`/runs\\?agent_id=${year.agent}&from=.+&to=`));
  const all = page.getByRole("region", { name: "All runs" });
  await expect(all.getByRole("link", { name: "Of the year" }).first()).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/days=30/);
  await expect(page.getByRole("button", { name: "30 d" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("table", { name: "Agents" }).getByRole("link", { name: "Of the year" }).click();
  await expect(page).toHaveURL(/\/runs\?agent_id=/);
});

test("spans and models are chosen in the address, and a tool leads to the runs that called it", async ({
  page,
  year,
}) => {
  await page.goto(`${year.url}/dashboard`);
  await page.getByRole("button", { name: "24 h" }).press("Enter");
  await expect(page).toHaveURL(/days=1$/);
  await page.getByRole("button", { name: "Custom" }).press("Enter");
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=/);
  await page.goto(`${year.url}/dashboard?days=90&model=model/1`);
  await expect(page.getByRole("figure", { name: "Memory" })).toHaveCount(0);
  await page.getByRole("button", { name: "Models" }).press("Enter");
  await expect(page.getByRole("table", { name: "Models" }).getByRole("row")).toHaveCount(2);
  await page.getByRole("table", { name: "Slowest tools" }).getByRole("link").first().click();
  await expect(page.getByRole("button", { name: /^Without: Tool tool_/ })).toBeVisible();
});

test("without a run the page says what would be there", async ({ page, bare }) => {
  await page.goto(`${bare.url}/dashboard`);
  await expect(page.getByText("No runs in this span")).toBeVisible();
  await expect(page.getByText("No agent has run yet.")).toBeVisible();
});

test.describe("at 390 pixels", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test("nothing scrolls sideways, with a year of runs as with none", async ({ page, year, bare }) => {
    for (const { url } of [year, bare]) {
      await page.goto(`${url}/dashboard?days=365`);
      await expect(page.getByRole("region", { name: "Fullest blocks" })).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const main = page.getByRole("main");
      expect(await main.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    }
  });
});

test("a view of the runs is kept, chosen, renamed and deleted", async ({ page, year }) => {
  await page.goto(`${year.url}/runs?status=failed&tool=tool_3`);
  await page.getByRole("button", { name: "Keep as a view…" }).press("Enter");
  await page.getByRole("textbox", { name: "Name" }).fill("Failing thirds");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  const views = page.getByRole("group", { name: "Views" });
  await expect(views.getByRole("button", { name: "Failing thirds", exact: true })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await page.goto(`${year.url}/runs`);
  await views.getByRole("button", { name: "Failing thirds", exact: true }).press("Enter");
  await expect(page).toHaveURL(/status=failed&tool=tool_3/);
  await expect(page.getByRole("combobox", { name: "Filter by status" })).toHaveValue("failed");
  await views.getByRole("button", { name: "More for view Failing thirds" }).press("Enter");
  await page.getByRole("menuitem", { name: "Rename…" }).press("Enter");
  await page.getByRole("textbox", { name: "Name" }).fill("Thirds");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await views.getByRole("button", { name: "More for view Thirds" }).press("Enter");
  await page.getByRole("menuitem", { name: "Delete" }).press("Enter");
  await expect(views.getByRole("button", { name: "Thirds", exact: true })).toHaveCount(0);
});
