import { expect, test, Workbench } from "./fixtures";

test("the past of a forked agent shows the steps of its original, marked as such, in every pane", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push({ text: "The first answer." }, { text: "The second answer." });
  const origin = await api.makeAgent();
  await api.send("POST", `/v1/agents/${origin.id}/messages`, { input: "One." });
  await api.send("POST", `/v1/agents/${origin.id}/messages`, { input: "Two." });
  await bench.open(origin);
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "2");
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Fork from here" }).click();
  const dialog = page.getByRole("dialog", { name: "Fork from this step" });
  await expect(dialog).toContainText("are the agent's of today");
  await dialog.getByLabel("Make").selectOption("agent");
  await expect(dialog).toContainText("each a copy of its own");
  await dialog.getByRole("button", { name: "Fork", exact: true }).click();
  await expect(page).not.toHaveURL(new RegExp(origin.id));

  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "1");
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
  model.push({ text: "Another way." });
  await bench.say("Three.");
  await expect(bench.log.getByText("Another way.")).toBeVisible();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "2");
  await bench.timeline.press("Home");
  await expect(bench.past).toHaveText(/As of step 1\b/);
  await expect(bench.timeline).toHaveAttribute("aria-valuetext", /Step 1 of the original/);
  await expect(page.getByRole("region", { name: "Agent as of the step" })).toContainText("version 1");
  await expect(page.getByRole("region", { name: "Simulator as of the step" })).toContainText("One.");
  await page.getByRole("button", { name: "after", exact: true }).click();
  await expect(page.getByRole("region", { name: "Simulator as of the step" })).toContainText("The first answer.");
  await expect(page.getByRole("region", { name: "Context window" })).toBeVisible();
  await page.getByRole("button", { name: "Request" }).click();
  await expect(page.getByRole("dialog", { name: "Request and response" })).toContainText('"messages"');
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Compare with" }).click();
  await page.getByRole("menuitem", { name: /^the newest step/ }).click();
  await expect(page.getByRole("region", { name: "Compare two steps" })).toBeVisible();
  await page.getByRole("link", { name: "of the original" }).click();
  await expect(page).toHaveURL(new RegExp(`${origin.id}\\?step=step-`));
  await expect(bench.past).toHaveText(/As of step 1\b/);
});

test("a fork says what is not as it was before it is opened, by the keyboard alone", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "The first answer." });
  const origin = await api.makeAgent();
  await api.send("POST", `/v1/agents/${origin.id}/messages`, { input: "One." });
  await api.send("PATCH", `/v1/agents/${origin.id}`, { system: "You are someone else by now." });
  await bench.open(origin);
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Fork from here" }).press("Enter");
  await page.getByRole("button", { name: "Fork", exact: true }).press("Enter");
  const notes = page.getByRole("dialog", { name: "The fork is made" });
  await expect(notes.getByRole("list", { name: "Not as it was" })).toHaveText("the system prompt is today's");
  await notes.getByRole("button", { name: "Open the fork" }).press("Enter");
  await expect(page).toHaveURL(/conversation=conv-/);
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
});

test("the archive as of a step is shown whole, a page at a time", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  const archive = await api.send<{ id: string }>("POST", "/v1/archives", { name: "Notes" });
  await api.send("PATCH", `/v1/agents/${agent.id}/archives/attach/${archive.id}`);
  const passages = Array.from({ length: 130 }, (_, at) => ({ text: `Fact number ${at}.` }));
  await api.send("POST", `/v1/archives/${archive.id}/passages/batch`, { passages });
  model.push({ text: "Yes." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "One." });
  await api.send("PATCH", `/v1/agents/${agent.id}/archives/detach/${archive.id}`);
  await api.send("DELETE", `/v1/archives/${archive.id}`);
  await bench.open(agent);
  await bench.timeline.press("Home");
  const archival = page.getByRole("region", { name: "Archival memory as of the step" });
  await expect(archival).toContainText("130 passages");
  await expect(archival.getByRole("listitem")).toHaveCount(100);
  await archival.getByRole("button", { name: "Show more (30 left)" }).click();
  await expect(archival.getByRole("listitem")).toHaveCount(130);
  await expect(archival.getByRole("button", { name: /Show more/ })).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Archives as of the step" })).toContainText("Notes");
});
