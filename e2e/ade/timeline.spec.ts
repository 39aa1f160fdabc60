import { expect, test, Workbench } from "./fixtures";

test("the time line marks memory writes, a compaction and a tool error of the past", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await bench.timeline.press("Home");
  await expect(bench.past).toHaveText(/As of step 1\b/);
  await expect(page.getByRole("list", { name: "Marks of the time line" })).toContainText("compaction");
  const entries = await api.get<{ type: string }[]>(`/v1/agents/${(await api.ada()).id}/timeline?limit=1000`);
  const steps = entries.filter((entry) => entry.type === "step").length;
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", String(steps));
});

test("scrubbing shows every pane as of the step, and the URL names it", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  await bench.open(ada);
  await bench.timeline.press("Home");
  await expect(page).toHaveURL(/step=step-/);
  const step = new URL(page.url()).searchParams.get("step");
  type State = { blocks: { block_id: string; label: string; number: number }[]; agent_version: { number: number } };
  const state = await api.get<State>(`/v1/agents/${ada.id}/state?step_id=${step}`);
  const memory = page.getByRole("region", { name: "Memory", exact: true });
  for (const block of state.blocks) await expect(memory).toContainText(`${block.label}v${block.number}`);
  await expect(page.getByRole("region", { name: "Agent as of the step" })).toContainText(
    `version ${state.agent_version.number}`,
  );
  const context = await api.get<{ total_tokens: number }>(`/v1/steps/${step}/context`);
  await expect(page.getByRole("region", { name: "Context window" })).toContainText(
    context.total_tokens.toLocaleString("en-US"),
  );
  await expect(bench.message).toHaveCount(0);
  await page.reload();
  await expect(bench.past).toHaveText(/As of step 1\b/);
});

test("the arrow keys go step by step, and Escape goes back to now", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  const first = await bench.past.textContent();
  await page.keyboard.press("ArrowLeft");
  await expect(bench.past).not.toHaveText(first!);
  await page.keyboard.press("ArrowRight");
  await expect(bench.past).toHaveText(first!);
  await page.keyboard.press("Escape");
  await expect(bench.past).toHaveCount(0);
  await expect(bench.message).toBeVisible();
});

test("two steps are compared by section, each change with its cause, and the cause leads to its step", async ({
  page,
  api,
}) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Compare with" }).click();
  await page.getByRole("menuitem", { name: /the first step/ }).click();
  const compare = page.getByRole("region", { name: "Compare two steps" });
  await expect(compare.getByRole("heading", { name: "human" })).toBeVisible();
  await expect(compare.locator("ins").first()).toBeVisible();
  await expect(compare.getByText("by the agent").first()).toBeVisible();
  await expect(page).toHaveURL(/with=step-/);
  const before = page.url();
  await compare.getByRole("button", { name: "go to the step" }).first().click();
  await expect(page).not.toHaveURL(before);
  await expect(bench.past).toBeVisible();
});

test("a step keeps the request that its provider was sent, and the response", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Request" }).click();
  const dialog = page.getByRole("dialog", { name: "Request and response" });
  await expect(dialog.getByRole("region", { name: "Request" })).toContainText('"messages"');
  await expect(dialog.getByRole("region", { name: "Response" })).toBeVisible();
});

test("a fork from a step is a conversation with exactly what was in context", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "The first answer." }, { text: "The second answer." });
  await bench.open(await api.makeAgent());
  await bench.say("One.");
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "1");
  await bench.say("Two.");
  await expect(bench.log.getByText("The second answer.")).toBeVisible();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "2");
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Fork from here" }).click();
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await expect(page).toHaveURL(/conversation=conv-/);
  await expect(bench.message).toBeVisible();
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
  await expect(bench.log.getByText("The second answer.")).toHaveCount(0);
});

test("a step that runs now appears on the time line by itself", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  await bench.open(agent);
  await expect(page.getByText("No steps yet.", { exact: false })).toBeVisible();
  model.push({ text: "Sent from elsewhere." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Hello" });
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "1");
  await expect(bench.log.getByText("Sent from elsewhere.")).toBeVisible();
});
