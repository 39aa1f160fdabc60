import { readFile } from "node:fs/promises";
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

test("a run is replayed from its record: said to be identical, played row by row, and no model is asked", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ name: "Replayed one" });
  model.push(
    { calls: [{ name: "memory_insert", args: { label: "human", new_string: "Likes tea", insert_line: -1 } }] },
    { text: "I noted that." },
  );
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "I like tea." });
  const asked = model.requests.length;
  const [run] = await api.get<{ id: string }[]>(`/v1/runs?agent_id=${agent.id}`);
  await page.goto(`/runs?run=${run!.id}`);
  const replay = page.getByRole("dialog", { name: /^Run of/ }).getByRole("region", { name: "Replay" });
  await replay.getByRole("button", { name: "Replay" }).press("Enter");
  await expect(replay.getByRole("status")).toContainText(
    "Identical. 2 answers of the model and 1 tool return came from the record.",
  );
  const came = replay.getByRole("log");
  await expect(came.getByText("I noted that.")).toBeVisible();
  await replay.getByRole("button", { name: "Play", exact: true }).press("Enter");
  await expect(replay.getByText("1 of 3")).toBeVisible();
  await expect(came.getByText("I like tea.")).toBeVisible();
  await expect(came.getByText("I noted that.")).toHaveCount(0);
  await replay.getByRole("button", { name: "Pause" }).press("Enter");
  await replay.getByRole("button", { name: "Show all" }).click();
  await expect(came.getByText("I noted that.")).toBeVisible();
  await expect(replay.getByText("3 of 3")).toBeVisible();
  expect(model.requests.length).toBe(asked);
});

test("runs are found by what was said, show what failed, and are given out as a table", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ name: "Searched one" });
  model.push({ text: "Petunias it is." }, { status: 400, body: { error: { message: "This model is asleep." } } });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Petunias or roses?" });
  await api.send("POST", `/v1/agents/${agent.id}/messages/async`, { input: "And dahlias?" });
  await page.goto("/runs");
  const all = page.getByRole("region", { name: "All runs" });
  await expect(all.getByText("This model is asleep.")).toBeVisible();
  await all.getByRole("textbox", { name: "Search in what was said" }).fill("petunias");
  await expect(all.getByRole("row")).toHaveCount(2);
  await expect(all.getByText("Petunias or roses?")).toBeVisible();
  await all.getByRole("button", { name: "Export" }).press("Enter");
  const given = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: /^As CSV/ }).click();
  const file = await readFile(await (await given).path(), "utf8");
  expect(file.trim().split("\n")).toHaveLength(2);
  expect(file).toContain("Petunias or roses?");
});
