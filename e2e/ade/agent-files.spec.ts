import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, MODEL, test, Workbench } from "./fixtures";

type AgentFile = { agents: { name: string; messages: unknown[] }[] };

const unique = (name: string) => `${name} ${Math.random().toString(36).slice(2, 8)}`;
const agentFile = (agent: Record<string, unknown>) => ({
  name: "some.af",
  mimeType: "application/json",
  buffer: Buffer.from(
    JSON.stringify({
      agents: [{ id: "agent-0", block_ids: ["block-0"], ...agent }],
      blocks: [{ id: "block-0", label: "human", value: "Name: Bea" }],
    }),
  ),
});
const pick = (page: Page, file: ReturnType<typeof agentFile>) =>
  page.getByLabel("Agent file to import").setInputFiles(file);

async function downloaded(page: Page, click: () => Promise<void>): Promise<{ name: string; file: AgentFile }> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), file: JSON.parse(await readFile(await download.path(), "utf8")) };
}

test("an agent is exported from the list and imported again under another name", async ({ page, api }) => {
  const agent = await api.makeAgent({ name: unique("Traveller") });
  await page.goto("/agents");
  await page.getByRole("textbox", { name: "Search agents by name" }).fill(agent.name);
  await page.getByRole("button", { name: `Export ${agent.name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Export ${agent.name}` });
  const { name, file } = await downloaded(page, () => dialog.getByRole("button", { name: "Download" }).click());
  expect(name).toBe(`${agent.name.replaceAll(" ", "_")}.af`);
  await expect(dialog).toHaveCount(0);

  await page.getByLabel("Agent file to import").setInputFiles({
    name,
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(file)),
  });
  const importing = page.getByRole("dialog", { name: "Import an agent" });
  await expect(importing.getByRole("textbox", { name: "Name" })).toHaveValue(agent.name);
  await expectAccessible(page);
  await importing.getByRole("textbox", { name: "Name" }).fill("Settled");
  await importing.getByRole("button", { name: "Import" }).click();
  await expect(page).toHaveURL(/\/agents\/agent-/);
  await expect(page.getByRole("button", { name: "Agent Settled: switch" })).toBeVisible();
  const id = page.url().match(/agent-[0-9a-f-]+/)?.[0];
  expect(await api.get(`/v1/agents/${id}`)).toMatchObject({ name: "Settled", model: agent.model });
});

test("a file that is dropped on the page is imported with another model and without its messages", async ({
  page,
  api,
}) => {
  const message = { id: "message-0", role: "user", content: [{ type: "text", text: "an old word" }] };
  const file = agentFile({ name: "Dropped", model: "nobody/knows", messages: [message], in_context_message_ids: [] });
  await page.goto("/agents");
  await expect(page.getByRole("link", { name: "Ada", exact: true })).toBeVisible();
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.af"));
    return data;
  }, file.buffer.toString());
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await expect(page.getByText("Drop an agent file (.af) to import it")).toBeVisible();
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  const dialog = page.getByRole("dialog", { name: "Import an agent" });
  await expect(dialog).toContainText("One agent, 1 message");
  await dialog.getByRole("combobox", { name: "Model" }).selectOption(MODEL);
  await dialog.getByRole("checkbox", { name: "Leave its messages out" }).check();
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect(page.getByRole("button", { name: "Agent Dropped: switch" })).toBeVisible();
  const id = page.url().match(/agent-[0-9a-f-]+/)?.[0];
  expect(await api.get(`/v1/agents/${id}`)).toMatchObject({ name: "Dropped", model: MODEL });
  expect(JSON.stringify(await api.get(`/v1/agents/${id}/messages`))).not.toContain("an old word");
});

test("what could not be had as the file wants it is said before the agent is opened", async ({ page }) => {
  await page.goto("/agents");
  await pick(page, agentFile({ name: "Displaced", model: "nobody/knows" }));
  const dialog = page.getByRole("dialog", { name: "Import an agent" });
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect(dialog).toContainText(/The model nobody\/knows is not here: \S+ is taken instead/);
  await dialog.getByRole("button", { name: "Open the agent" }).click();
  await expect(page.getByRole("button", { name: "Agent Displaced: switch" })).toBeVisible();
});

test.describe("what is no agent file", () => {
  test.use({ allowed: [/400|422/] });

  test("is refused in words, and the page goes on", async ({ page, api }) => {
    const before = await api.get("/v1/agents/count");
    await page.goto("/agents");
    await pick(page, { name: "poem.txt", mimeType: "text/plain", buffer: Buffer.from("roses are red") });
    const dialog = page.getByRole("dialog", { name: "Import an agent" });
    await expect(dialog).toContainText("does not look like an agent file");
    await dialog.getByRole("button", { name: "Import" }).click();
    await expect(dialog.getByRole("alert")).toContainText("Corrupted agent file format");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("link", { name: "Ada", exact: true })).toBeVisible();
    expect(await api.get("/v1/agents/count")).toBe(before);
  });
});

test("the workbench exports the messages of the conversation that is open, or none", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  const aside = await api.send<{ id: string }>("POST", `/v1/conversations?agent_id=${agent.id}`, {});
  model.push({ text: "in the main one" });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "main" });
  model.push({ text: "on the side" });
  await api.send("POST", `/v1/conversations/${aside.id}/messages`, { input: "side", streaming: false });

  await bench.open(agent, `?conversation=${aside.id}`);
  const open = async () => {
    await page.getByRole("button", { name: `Agent ${agent.name}: switch` }).click();
    await page.getByRole("menuitem", { name: `Export ${agent.name}` }).click();
    return page.getByRole("dialog", { name: `Export ${agent.name}` });
  };
  const first = await open();
  const own = await downloaded(page, () => first.getByRole("button", { name: "Download" }).click());
  expect(JSON.stringify(own.file)).toContain("on the side");
  expect(JSON.stringify(own.file)).not.toContain("in the main one");

  const second = await open();
  await second.getByRole("combobox", { name: "Messages" }).selectOption("none");
  const bare = await downloaded(page, () => second.getByRole("button", { name: "Download" }).click());
  expect(bare.file.agents[0]?.messages).toEqual([]);
});
