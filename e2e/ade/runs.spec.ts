import { expect, gate, pickAgent, test } from "./fixtures";

test("a run appears on the board while it runs, and can be cancelled there", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ name: "Busy one" });
  const door = gate();
  model.push({ text: "A long answer that waits.", holdAt: 2, hold: door.opened });
  await page.goto("/runs");
  await expect(page.getByText("Nothing runs at the moment.")).toBeVisible();
  await api.send("POST", `/v1/agents/${agent.id}/messages/async`, { input: "Work." });
  const now = page.getByRole("region", { name: "Running now" });
  await expect(now.getByRole("link", { name: "Busy one" })).toBeVisible();
  await now.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Nothing runs at the moment.")).toBeVisible();
  door.open();
});

test("a run opens as a waterfall of context, model and tools, and its steps lead to the workbench", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ name: "Timed one" });
  model.push(
    { calls: [{ name: "memory_insert", args: { label: "human", new_string: "x", insert_line: -1 } }], pauseMs: 5 },
    { text: "Done.", pauseMs: 5 },
  );
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Go." });
  const [run] = await api.get<{ id: string }[]>(`/v1/runs?agent_id=${agent.id}`);
  await page.goto(`/runs?run=${run!.id}`);
  const dialog = page.getByRole("dialog", { name: /^Run of/ });
  await expect(dialog.getByText(/^model \d/)).toHaveCount(2);
  await expect(dialog.getByText(/^memory_insert/)).toBeVisible();
  await dialog.getByRole("link", { name: "Step 2" }).click();
  await expect(page).toHaveURL(new RegExp(`/agents/${agent.id}\\?step=`));
  await expect(page.getByText(/^As of step 2/)).toBeVisible();
});

test("the run list is filtered by agent and status", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ name: "Filtered one" });
  model.push({ text: "Fine." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Go." });
  await page.goto("/runs");
  const all = page.getByRole("region", { name: "All runs" });
  await pickAgent(page, "Filter by agent", "Filtered one");
  await expect(all.getByRole("link")).toHaveCount(1);
  await page.getByRole("combobox", { name: "Filter by status" }).selectOption("failed");
  await expect(page.getByText("No runs", { exact: true })).toBeVisible();
});
