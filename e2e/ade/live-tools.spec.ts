import type { Locator, Page } from "@playwright/test";
import { type Api, expect, expectAccessible, test, Workbench } from "./fixtures";

// The first call of a tool starts its sandbox, and the page is opened twice.
test.describe.configure({ timeout: 120_000 });

/** Prints for so long that only its being cancelled ends it. */
const counting = (name: string, word: string) => `def ${name}() -> str:
    """Count."""
    import sys, time
    print("a warning", file=sys.stderr)
    for number in range(100000):
        print("${word}", number)
        time.sleep(0.05)
    return "never"
`;

async function makeAgent(api: Api, ...names: string[]) {
  const tools = await Promise.all(
    names.map((name, index) =>
      api.send<{ id: string }>("POST", "/v1/tools", {
        source_code: counting(name, `line-${index}`),
        enable_parallel_execution: true,
      }),
    ),
  );
  return api.makeAgent({ tool_ids: tools.map(({ id }) => id), parallel_tool_calls: true });
}

const calling = (...names: string[]) => ({ calls: names.map((name) => ({ id: `call-${name}`, name, args: {} })) });
const output = (page: Page, name: string) => page.getByRole("figure", { name: `Output of ${name}` });
const row = (bench: Workbench, name: string) => bench.log.getByRole("button", { name: new RegExp(`^${name}`) });

/** The seconds that a call has run, as they stand beside it. */
async function elapsed(bench: Workbench): Promise<number> {
  const text = (await bench.log.getByText(/^\d+(\.\d)? (s|ms)$/).textContent()) ?? "";
  return Number.parseFloat(text) / (text.endsWith("ms") ? 1000 : 1);
}

/** That new lines keep coming. */
async function expectGrowing(panel: Locator, word: string): Promise<void> {
  const last = async () =>
    Number(new RegExp(`.*${word} (\\d+)`, "s").exec((await panel.textContent()) ?? "")?.[1] ?? -1);
  const before = await last();
  await expect.poll(last).toBeGreaterThan(before + 2);
}

test("a running tool shows its time and what it prints, also after a reload, and is cancelled by keyboard", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push(calling("count_alone"), { text: "You stopped me." });
  await bench.open(await makeAgent(api, "count_alone"));
  await bench.say("Count.");
  const panel = output(page, "count_alone");
  await expect(panel).toContainText("line-0 3", { timeout: 60_000 });
  await expect(panel).toContainText("a warning");
  await expect(bench.log.getByText("running", { exact: true })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Running count_alone…" })).toBeVisible();
  await expectGrowing(panel, "line-0");
  await expectAccessible(page);

  await expect.poll(() => elapsed(bench)).toBeGreaterThan(1.5);
  const before = await elapsed(bench);
  await page.reload();
  await expect(panel).toContainText("line-0 3");
  expect(await elapsed(bench), "since the call began, not since the page was opened").toBeGreaterThan(before);
  await expectGrowing(panel, "line-0");

  // Reading further up is not disturbed by what comes.
  const text = panel.getByRole("region");
  const isAtEnd = () => text.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight < 24);
  await expect.poll(isAtEnd).toBe(true);
  await text.evaluate((one) => one.scrollTo(0, 0));
  await expectGrowing(panel, "line-0");
  expect(await text.evaluate((one) => one.scrollTop)).toBe(0);
  await panel.getByRole("button", { name: /^Output/ }).click();
  await expect(text).toHaveCount(0);

  const cancel = panel.getByRole("button", { name: "Cancel count_alone" });
  await cancel.focus();
  await page.keyboard.press("Enter");
  await expect(bench.log.getByText("You stopped me.")).toBeVisible();
  await expect(bench.log.getByText(/a person cancelled this call of count_alone/)).toBeVisible();
  await expect(panel).toHaveCount(0);
  await expect(bench.log.getByText("failed")).toBeVisible();
  await expect(bench.log.getByText(/^\d+(\.\d)? s$/)).toBeVisible();
  await expect(row(bench, "count_alone")).toBeFocused();
  await row(bench, "count_alone").click();
  await expect(bench.log.getByRole("region", { name: "stdout" })).toContainText("line-0 0");
  await expect(bench.log.getByRole("region", { name: "stderr" })).toContainText("a warning");
});

test("each of several parallel calls has its own time, output and cancellation; one that ended waits for the others", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push(calling("count_first", "count_second"), { text: "Both were stopped." });
  await bench.open(await makeAgent(api, "count_first", "count_second"));
  await bench.say("Count.");
  const [first, second] = [output(page, "count_first"), output(page, "count_second")];
  await expect(first).toContainText("line-0 2", { timeout: 60_000 });
  await expect(second).toContainText("line-1 2", { timeout: 60_000 });
  await expect(first).not.toContainText("line-1");
  await expect(page.getByRole("status").filter({ hasText: "Running 2 tools…" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel count_first" }).click();
  await expect(bench.log.getByText("cancelled", { exact: true })).toBeVisible();
  await expect(first).toContainText("returns with the other calls");
  await expectGrowing(second, "line-1");
  await page.getByRole("button", { name: "Cancel count_second" }).click();
  await expect(bench.log.getByText("Both were stopped.")).toBeVisible();
  await expect(bench.log.getByText("failed")).toHaveCount(2);
});

test("a tool of a run that another program started shows too, and what it prints is never markup", async ({
  page,
  api,
  model,
}) => {
  const source = counting("count_elsewhere", "<b onclick=alert(1)>line</b>");
  const tool = await api.send<{ id: string }>("POST", "/v1/tools", { source_code: source });
  const agent = await api.makeAgent({ tool_ids: [tool.id] });
  const bench = new Workbench(page);
  await bench.open(agent);
  model.push(calling("count_elsewhere"), { text: "Stopped from the page." });
  const replying = api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Count.", streaming: false });
  const panel = output(page, "count_elsewhere");
  await expect(panel).toContainText("<b onclick=alert(1)>line</b> 2", { timeout: 60_000 });
  await expect(panel.locator("b")).toHaveCount(0);
  await panel.getByRole("button", { name: "Cancel count_elsewhere" }).click();
  await replying;
  await expect(bench.log.getByText("Stopped from the page.")).toBeVisible();
});
