import type { Page } from "@playwright/test";
import type { ScriptedModel } from "../support/scripted-model";
import { type Agent, type Api, expect, expectAccessible, test, Workbench } from "./fixtures";

type Proposal = { id: string; status: string; reason: string | null; step_id: string };
type Held = { agent: Agent; blockId: string };

/** An agent whose block `human` holds what is written to it. */
async function held(api: Api, policy: Record<string, unknown> = { writes: "review" }): Promise<Held> {
  const agent = await api.makeAgent({ tools: ["memory_insert", "memory_replace"] });
  const blockId = agent.blocks.find((block) => block.label === "human")!.id;
  await put(api, blockId, policy);
  return { agent, blockId };
}

const put = (api: Api, blockId: string, policy: Record<string, unknown>) =>
  api.send("PUT", `/v1/blocks/${blockId}/write-policy`, policy);

async function remember(api: Api, model: ScriptedModel, agent: Agent, text: string): Promise<void> {
  model.push(
    { calls: [{ name: "memory_insert", args: { label: "human", new_string: text } }] },
    { text: "I will keep that in mind." },
  );
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: `Remember: ${text}` });
}

const proposals = (api: Api, agent: Agent) => api.get<Proposal[]>(`/v1/memory-proposals?agent_id=${agent.id}`);
const textOf = async (api: Api, blockId: string) => (await api.get<{ value: string }>(`/v1/blocks/${blockId}`)).value;

async function openInbox(page: Page, agent: Agent) {
  await page.goto(`/review?agent=${agent.id}`);
  const rows = page.getByRole("list", { name: "Waiting" }).getByRole("listitem");
  await expect(rows.first()).toBeVisible();
  return rows;
}
const unfold = (row: ReturnType<Page["getByRole"]>) => row.getByRole("button", { name: /^Show / }).click();

test("a block is set to hold writes, a write waits, is seen from the workbench, and is accepted (point 7)", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent({ tools: ["memory_insert"] });
  const block = agent.blocks.find((one) => one.label === "human")!;
  await bench.open(agent);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: "Policy" }).click();
  await dialog.getByRole("radio", { name: /waits for a person’s review/ }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save policy" }).click();
  await expect
    .poll(async () => (await api.get<{ writes: string }>(`/v1/blocks/${block.id}/write-policy`)).writes)
    .toBe("review");
  await page.keyboard.press("Escape");

  await remember(api, model, agent, "Likes tea");
  await page.getByRole("link", { name: "1 memory write waits for review" }).click();
  const row = page.getByRole("list", { name: "Waiting" }).getByRole("listitem");
  await expect(row).toContainText("human is to be changed by memory_insert");
  await unfold(row);
  await expect(row.getByText("Likes tea")).toBeVisible();
  await expectAccessible(page);
  await row.getByRole("button", { name: "Accept" }).click();
  await expect(page.getByText("Nothing waits for review")).toBeVisible();
  expect(await textOf(api, block.id)).toBe("Name: not known yet\nLikes tea");
});

test("is accepted in other words, by keyboard alone (point 7)", async ({ page, api, model }) => {
  const { agent, blockId } = await held(api);
  await remember(api, model, agent, "Likes tea");
  const rows = await openInbox(page, agent);
  await rows
    .first()
    .getByRole("button", { name: /^Show / })
    .focus();
  await page.keyboard.press("Enter");
  await rows.first().getByRole("button", { name: "Change…" }).focus();
  await page.keyboard.press("Enter");
  const text = rows.first().getByRole("textbox", { name: "The whole text of the block" });
  await expect(text).toBeFocused();
  await expect(text).toHaveValue("Name: not known yet\nLikes tea");
  await text.press("End");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Likes green tea");
  await rows.first().getByRole("button", { name: "Accept this text" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await proposals(api, agent))[0]?.status).toBe("changed");
  expect(await textOf(api, blockId)).toBe("Likes green tea");
});

test("is refused with a reason, which stays, and which the agent is told (point 7)", async ({ page, api, model }) => {
  const { agent } = await held(api);
  await remember(api, model, agent, "Likes tea");
  const rows = await openInbox(page, agent);
  await unfold(rows.first());
  await rows.first().getByRole("button", { name: "Refuse…" }).click();
  await rows.first().getByRole("textbox", { name: /^Why/ }).fill("She said coffee.");
  await rows.first().getByRole("button", { name: "Refuse", exact: true }).click();
  await expect(page.getByText("Nothing waits for review")).toBeVisible();
  model.push({ text: "Understood." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Go on" });
  expect(JSON.stringify(model.requests.at(-1)!.messages)).toContain("Reason: She said coffee.");
  await page.getByRole("combobox", { name: "Filter by state" }).selectOption("Decided");
  const decided = page.getByRole("list", { name: "Decided" }).getByRole("listitem");
  await unfold(decided.first());
  await expect(decided.first()).toContainText("Reason: She said coffee. The agent was told.");
  await expect(page).toHaveURL(/state=decided/);
});

test.describe("a write in whose words others have written since", () => {
  test.use({ allowed: [/409/] });

  test("is shown beside what the block says now, and settled by a text (point 7)", async ({ page, api, model }) => {
    const { agent, blockId } = await held(api);
    model.push(
      {
        calls: [{ name: "memory_replace", args: { label: "human", old_string: "not known yet", new_string: "Mara" } }],
      },
      { text: "Noted." },
    );
    await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "I am Mara" });
    await api.send("PATCH", `/v1/blocks/${blockId}`, { value: "Name: Maria" });
    const rows = await openInbox(page, agent);
    await unfold(rows.first());
    await expect(rows.first().getByRole("alert")).toContainText("Others have changed the same words");
    await rows.first().getByRole("textbox", { name: "The whole text of the block" }).fill("Name: Maria, called Mara");
    await rows.first().getByRole("button", { name: "Accept this text" }).click();
    await expect.poll(() => textOf(api, blockId)).toBe("Name: Maria, called Mara");
  });
});

test("a locked line keeps its agent from changing it, and the pages say so (point 7)", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent({ tools: ["memory_replace"] });
  await bench.open(agent);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: "Policy" }).click();
  await dialog.getByRole("checkbox", { name: "Name: not known yet" }).check();
  await dialog.getByRole("button", { name: "Save policy" }).click();
  await expect(dialog.getByRole("button", { name: "Save policy" })).toBeDisabled();
  await dialog.getByRole("tab", { name: "Versions (2)" }).click();
  await expect(dialog.getByText("policy of writes:")).toBeVisible();
  await page.keyboard.press("Escape");
  model.push(
    { calls: [{ name: "memory_replace", args: { label: "human", old_string: "not known yet", new_string: "Mara" } }] },
    { text: "I may not change that." },
  );
  await bench.say("I am Mara");
  await expect(bench.log.getByText("I may not change that.")).toBeVisible();
  const block = agent.blocks.find((one) => one.label === "human")!;
  expect(await textOf(api, block.id)).toBe("Name: not known yet");
});

test("the inbox teaches where it is empty, and goes on at 390 px", async ({ page, api, model }) => {
  const { agent } = await held(api);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`/review?agent=${agent.id}`);
  await expect(page.getByText("Nothing waits for review")).toBeVisible();
  await expectAccessible(page);
  await remember(api, model, agent, `Likes ${"very ".repeat(40)}strong tea`);
  const rows = page.getByRole("list", { name: "Waiting" }).getByRole("listitem");
  await expect(rows).toHaveCount(1);
  await unfold(rows.first());
  await expect(rows.first().getByRole("button", { name: "Accept" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
