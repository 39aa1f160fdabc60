import { expect, gate, pickAgent, test } from "./fixtures";

test("a schedule is made, run by hand, seen in its history, and deleted", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ name: "Scheduled one" });
  model.push({ text: "Summed up." });
  await page.goto("/schedules");
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "New schedule" });
  await pickAgent(page, "Agent", agent.name);
  await form.getByRole("combobox", { name: "Cron expression" }).fill("30 8 * * 1-5");
  await expect(form.getByText("on working days at 08:30")).toBeVisible();
  await form.getByRole("textbox", { name: "Time zone" }).fill("Europe/Vienna");
  await form.getByRole("textbox", { name: "Message" }).fill("Sum up the day.");
  await form.getByRole("button", { name: "Schedule it" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Sum up the day." });
  await expect(row.getByText("on working days at 08:30 (Europe/Vienna)")).toBeVisible();
  await row.getByRole("button", { name: "Run now" }).click();
  await expect(row.getByRole("cell", { name: "by hand" })).toBeVisible();
  await expect(row.getByRole("cell", { name: "completed" })).toBeVisible();
  const [run] = await api.get<{ id: string; status: string }[]>(`/v1/runs?agent_id=${agent.id}`);
  expect(run?.status).toBe("completed");
  await row.getByRole("button", { name: /^Delete the schedule/ }).click();
  await expect(row).toHaveCount(0);
});

test("a schedule that can't be is refused in words, and the form stays", async ({ page, api, allowed }) => {
  allowed.push(/422/);
  const agent = await api.makeAgent({ name: "Refusing one" });
  await page.goto("/schedules");
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "New schedule" });
  await pickAgent(page, "Agent", agent.name);
  await form.getByRole("combobox", { name: "Cron expression" }).fill("99 99 * * *");
  await form.getByRole("textbox", { name: "Message" }).fill("Never.");
  await form.getByRole("button", { name: "Schedule it" }).click();
  await expect(form.getByRole("alert")).toContainText("cron");
  await expect(form.getByRole("textbox", { name: "Message" })).toHaveValue("Never.");
});

test("a batch shows how far it is, and what became of each request", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ name: "Batched one" });
  const door = gate();
  model.push({ text: "One." }, { text: "Two.", holdAt: 0, hold: door.opened });
  await page.goto("/batches");
  await page.getByRole("button", { name: "New batch" }).click();
  const form = page.getByRole("dialog", { name: "New batch" });
  await pickAgent(page, "Agent", agent.name);
  await form.getByRole("textbox", { name: "Messages, one a line" }).fill("first\n\nsecond\n");
  await form.getByRole("button", { name: "Send 2 messages" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "of 2 done" }).first();
  await expect(row.getByText("1 of 2 done")).toBeVisible();
  await expect(row.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "1");
  door.open();
  await expect(row.getByText("2 of 2 done")).toBeVisible();
  await row.getByRole("button", { name: /^Requests of batch/ }).click();
  await row.getByRole("link", { name: "completed" }).first().click();
  await expect(page.getByRole("dialog", { name: /^Run of/ })).toBeVisible();
});

test("a batch is cancelled: what had not begun never will", async ({ page, api, model }) => {
  const agent = await api.makeAgent({ name: "Cancelled one" });
  const door = gate();
  model.push({ text: "Never ends.", holdAt: 0, hold: door.opened });
  const requests = ["a", "b", "c"].map((content) => ({ agent_id: agent.id, messages: [{ role: "user", content }] }));
  await api.send("POST", "/v1/messages/batches", { requests });
  await page.goto("/batches");
  const row = page.getByRole("listitem").filter({ hasText: "of 3 done" }).first();
  await row.getByRole("button", { name: "Cancel" }).click();
  await expect(row.getByText("3 cancelled")).toBeVisible();
  door.open();
});
