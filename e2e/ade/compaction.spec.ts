import type { Page } from "@playwright/test";
import type { ScriptedModel } from "../support/scripted-model";
import { type Agent, type Api, expect, expectAccessible, test, Workbench } from "./fixtures";

type WithContext = { message_ids: string[] };
const contextOf = async (api: Api, agent: Agent) => (await api.get<WithContext>(`/v1/agents/${agent.id}`)).message_ids;

async function talk(api: Api, model: ScriptedModel, turns: number): Promise<Agent> {
  const agent = await api.makeAgent();
  for (let turn = 1; turn <= turns; turn++) {
    model.push({ text: `Answer ${turn}` });
    await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: `Question ${turn}` });
  }
  return agent;
}

async function openDialog(page: Page, agent: Agent) {
  await new Workbench(page).open(agent);
  await page.getByRole("button", { name: "Compact…" }).click();
  const dialog = page.getByRole("dialog", { name: "Compact the conversation" });
  await expect(dialog.getByRole("radio")).toHaveCount(4);
  return dialog;
}

test("a compaction is seen before it is done, in two modes, with a marked message, applied and undone (point 5)", async ({
  page,
  api,
  model,
}) => {
  const agent = await talk(api, model, 3);
  const before = await contextOf(api, agent);
  const dialog = await openDialog(page, agent);
  await dialog.getByRole("radio", { name: /^All every message, summarized apart/ }).check();
  const going = dialog.getByRole("list", { name: "Messages that would go" }).getByRole("listitem");
  await expect(going).toHaveCount(6);
  await going.filter({ hasText: "Question 1" }).getByRole("checkbox").click();
  await expect(going).toHaveCount(5);
  await expect(dialog.getByRole("list", { name: "Marked messages" })).toContainText("Question 1");
  await dialog.getByRole("textbox", { name: /^Lines that must stand/ }).fill("ALLERGY: nuts");
  model.push({ text: "They spoke of three questions." });
  await dialog.getByRole("button", { name: "Write the summary" }).click();
  const summary = dialog.getByRole("textbox", { name: "Summary, All" });
  await expect(summary).toHaveValue("They spoke of three questions.\n\nKept word for word:\nALLERGY: nuts");
  await dialog.getByRole("radio", { name: /^All, by itself/ }).check();
  model.push({ text: "I was asked three things." });
  await dialog.getByRole("button", { name: "Write the summary" }).click();
  const tried = dialog.getByRole("list", { name: "Summaries that were tried" }).getByRole("listitem");
  await expect(tried).toHaveCount(2);
  await expectAccessible(page);
  expect(await contextOf(api, agent)).toEqual(before);

  await dialog.getByRole("button", { name: "Compact with this summary" }).click();
  await expect(dialog.getByText("Compacted. The agent goes on from the summary.")).toBeVisible();
  await expect.poll(async () => (await contextOf(api, agent)).length).toBe(3);
  const newest = dialog.getByRole("region", { name: "Newest compaction" });
  await expect(newest).toContainText("I was asked three things.");
  await newest.getByRole("button", { name: "Undo" }).click();
  await expect(dialog.getByText("Undone: what it had taken out is in context again.")).toBeVisible();
  await expect.poll(() => contextOf(api, agent)).toEqual(before);
  await expect(newest).toContainText("its summary is no longer in context");
});

test("an agent with nothing to cut says so, at 390 px, and by keyboard (point 5)", async ({ page, api }) => {
  const agent = await api.makeAgent();
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`/agents/${agent.id}?pane=context`);
  await page.getByRole("button", { name: "Compact…" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Compact the conversation" });
  await expect(dialog.getByText("nothing to cut")).toHaveCount(4);
  await expect(dialog.getByRole("button", { name: "Write the summary" })).toBeDisabled();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});
