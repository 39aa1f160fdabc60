import { expect, test, Workbench } from "./fixtures";

for (const [template, label] of [
  ["Support", "policies"],
  ["Coder", "project"],
  ["Researcher", "research_plan"],
  ["Companion", "human"],
] as const) {
  test(`the ${template} template makes an agent with its blocks and opens it`, async ({ page }) => {
    await page.goto("/agents?new=1");
    const dialog = page.getByRole("dialog", { name: "New agent" });
    await dialog.getByRole("radio", { name: new RegExp(`^${template}`) }).check();
    await dialog.getByRole("textbox", { name: "Name" }).fill(`My ${template}`);
    await dialog.getByRole("button", { name: "Make the agent" }).click();
    await expect(page).toHaveURL(/\/agents\/agent-/);
    await expect(page.getByRole("heading", { name: `My ${template}`, level: 1 })).toBeAttached();
    await expect(page.getByRole("button", { name: `Open block ${label}` })).toBeVisible();
    await expect(page.getByText(/^Say something to/)).toBeVisible();
  });
}

test("the Workflow template makes a workflow agent that can send a message", async ({ page, api }) => {
  await page.goto("/agents?new=1");
  const dialog = page.getByRole("dialog", { name: "New agent" });
  await dialog.getByRole("radio", { name: /^Workflow/ }).check();
  await dialog.getByRole("button", { name: "Make the agent" }).click();
  await expect(page).toHaveURL(/\/agents\/agent-/);
  const id = page.url().match(/agent-[0-9a-f-]+/)?.[0];
  const agent = await api.get<{ agent_type: string; tools: { name: string }[] }>(`/v1/agents/${id}`);
  expect(agent.agent_type).toBe("workflow_agent");
  expect(agent.tools.map((tool) => tool.name)).toContain("send_message");
});

test("the list finds agents by name and tag, and deletes one only after asking", async ({ page, api }) => {
  const agent = await api.makeAgent({ name: "Ephemeral one", tags: ["short-lived"] });
  await page.goto("/agents");
  await expect(page.getByRole("link", { name: "Ada", exact: true })).toBeVisible();
  await page.getByRole("textbox", { name: "Search agents by name" }).fill("ephemeral");
  await expect(page.getByRole("link", { name: "Ephemeral one" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Ada", exact: true })).toHaveCount(0);
  await page.getByRole("combobox", { name: "Filter by tag" }).selectOption("short-lived");
  await page.getByRole("button", { name: "Delete Ephemeral one" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(page.getByRole("link", { name: "Ephemeral one" })).toBeVisible();
  await page.getByRole("button", { name: "Delete Ephemeral one" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("No agent matches")).toBeVisible();
  await expect(api.get(`/v1/agents/${agent.id}`)).rejects.toThrow("404");
});

test("settings are saved as a new version of the agent", async ({ page, api }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  await bench.open(agent);
  const pane = page.getByRole("region", { name: "Agent", exact: true });
  await pane.getByRole("textbox", { name: "Name", exact: true }).fill("Renamed");
  await pane.getByRole("textbox", { name: "System prompt" }).fill("You answer in one word.");
  await pane.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Agent Renamed: switch" })).toBeVisible();
  await expect(pane.getByRole("region", { name: "Versions of the agent" })).toContainText("v2");
  expect(await api.get(`/v1/agents/${agent.id}`)).toMatchObject({ name: "Renamed", system: "You answer in one word." });
});

test("a tool is attached, made to ask for approval, and detached", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.makeAgent());
  const tools = page.getByRole("region", { name: "Tools" });
  await tools.getByRole("button", { name: "Attach a tool" }).click();
  const picker = page.getByRole("dialog", { name: "Attach a tool" });
  await picker.getByRole("combobox").fill("archival_memory_search");
  await picker.getByRole("option", { name: /^archival_memory_search/ }).click();
  await expect(tools.getByRole("button", { name: "Detach archival_memory_search" })).toBeVisible();
  const asks = tools.getByRole("button", { name: "Calls of archival_memory_search wait for an approval" });
  await asks.click();
  await expect(asks).toHaveAttribute("aria-pressed", "true");
  await tools.getByRole("button", { name: "Detach archival_memory_search" }).click();
  await expect(tools.getByRole("button", { name: "Detach archival_memory_search" })).toHaveCount(0);
});
