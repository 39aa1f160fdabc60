import { expect, expectAccessible, MODEL, test } from "./fixtures";

// A server of its own: others' agents would be offered where Ada is not among the newest.
test.use({ environment: { MEMOIR_SEED: "on" } });

test("the first test is made and run in two clicks; what fails leads to the step that did it", async ({
  page,
  api,
}) => {
  await page.goto("/tests");
  await page.getByRole("button", { name: "Memory basics" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const progress = page.getByRole("status").filter({ hasText: "passed" });
  await expect(progress).toHaveText("4 of 4 passed");
  await expect(page.getByRole("progressbar", { name: "Cases that are over" })).toHaveAttribute("aria-valuenow", "4");
  await page.getByRole("button", { name: "a fact is stored: passed" }).press("Enter");
  const stored = page.getByRole("region", { name: "Case a fact is stored" });
  await expect(
    stored.getByRole("list", { name: "Checks" }).getByText("memory contains “Zelda Quux”", { exact: true }),
  ).toBeVisible();
  await expect(stored.locator("ins").filter({ hasText: "Zelda Quux" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Make it the baseline" }).click();
  await expect(page.getByText("baseline", { exact: true })).toBeVisible();

  // What is wrong with a file is said at its line; a good one is a new version.
  await page.getByRole("link", { name: "Memory basics of Ada" }).click();
  const file = page.getByRole("region", { name: "File" });
  const editor = file.getByRole("textbox", { name: "The suite's file" });
  await editor.fill("suite: Memory basics of Ada\ncases:\n  - name: a fact is stored\n    checks: [{memory: {}}]\n");
  const wrong = file.getByRole("list", { name: "What is wrong with the file" });
  await expect(wrong.getByRole("listitem")).toHaveText([
    /^line 3, column 5 .*no start: give the case or the suite one/,
    /^line 4, column 15 .*this checks nothing/,
  ]);
  await editor.fill(
    "suite: Memory basics of Ada\nstart: {agent: Ada}\ncases:\n  - name: a fact is stored\n    conversation: [Remember that my name is Zelda Quux.]\n    checks: [{memory: {lacks: Quux}}]\n",
  );
  await expect(file.getByText("The file is good: 1 case.")).toBeVisible();
  await file.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Version 2, changed")).toBeVisible();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(progress).toHaveText("0 of 1 passed · 1 failed");
  const compared = page.getByRole("region", { name: "Against the baseline" });
  await expect(compared.getByRole("listitem").first()).toHaveText(/^broken\s*a fact is stored\s*1\/1 → 0\/1$/);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  // Each case has its last runs beside it, in the suite.
  await page.getByRole("link", { name: "Memory basics of Ada" }).click();
  const past = page.getByRole("region", { name: "Cases", exact: true }).getByRole("list", { name: "Last runs" });
  await expect(past.getByRole("link")).toHaveCount(2);
  await expect(past.getByRole("link").first()).toHaveAccessibleName("passed");
  await expectAccessible(page);
  await past.getByRole("link", { name: "failed" }).press("Enter");
  await expect(compared.getByRole("listitem").first()).toBeVisible();
  await page.getByRole("button", { name: "a fact is stored: failed" }).press("Enter");
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("link", { name: "The step that did it" }).click();
  await expect(page.getByText(/^As of step/)).toBeVisible();
  // The real one was not spoken to.
  const ada = await api.ada();
  expect(ada.blocks.find((block) => block.label === "human")!.value).not.toContain("Zelda");
});

test("a test is made of a run, and passes where the agent does the same again", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ model: MODEL });
  const insert = {
    calls: [{ id: "call-1", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }],
  };
  model.push(insert, { text: "Noted." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "I like tea" });
  const [run] = await api.get<{ id: string }[]>(`/v1/runs?agent_id=${agent.id}`);
  await page.goto(`/runs?run=${run!.id}`);
  await page.getByRole("dialog").getByRole("link", { name: "Make a test of this" }).click();
  await expect(page.getByRole("textbox", { name: "The suite's file" })).toContainText("memory_insert");
  await page.getByRole("button", { name: "Keep the suite" }).click();
  model.push(insert, { text: "Noted." });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "passed" })).toHaveText("1 of 1 passed");
});
