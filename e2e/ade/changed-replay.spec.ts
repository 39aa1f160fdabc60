import { expect, expectAccessible, test } from "./fixtures";

test("a run is run again with another return of a tool: both runs side by side, the fork kept or deleted", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent();
  model.push(
    { calls: [{ id: "c1", name: "conversation_search", args: { query: "tea" } }] },
    { text: "You like green tea." },
  );
  const body = { messages: [{ role: "user", content: "What do I like?" }] };
  await api.send("POST", `/v1/agents/${agent.id}/messages`, body);
  const [run] = await api.get<{ id: string }[]>(`/v1/runs?agent_id=${agent.id}`);
  await page.goto(`/runs?run=${run!.id}`);
  const part = page.getByRole("region", { name: "Replay with a change" });
  await part.getByRole("button", { name: "Change something…" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Run it again with a change" });
  await dialog.getByLabel("Change").selectOption({ label: "What conversation_search returned" });
  const go = dialog.getByRole("button", { name: "Run it" });
  await expect(go).toBeDisabled();
  await dialog.getByLabel("To").fill("The user likes coffee.");
  await expectAccessible(page);
  model.push({ text: "You like coffee." });
  await go.click();
  await expect(dialog).toBeHidden();

  await expect(part.getByText("Then conversation_search returns something else.")).toBeVisible();
  await expect(part.getByText("1 answers came from the record")).toBeVisible();
  const [was, now] = ["As it was", "With the change"].map((name) => part.getByRole("region", { name, exact: true }));
  await expect(was!.getByText("You like green tea.")).toBeVisible();
  await expect(now!.getByText("You like coffee.")).toBeVisible();
  await expect(now!.locator("[data-shared=true]")).toHaveCount(1);
  await expect(part.getByText("The same in both.")).toBeVisible();
  await expectAccessible(page);

  const forkUrl = await part.getByRole("link", { name: "Open the fork" }).getAttribute("href");
  const forkId = forkUrl!.split("/").at(-1)!;
  expect((await api.get<{ id: string }>(`/v1/agents/${forkId}`)).id).toBe(forkId);
  await part.getByRole("button", { name: "Delete the fork" }).click();
  await expect(part.getByRole("link", { name: "Open the fork" })).toHaveCount(0);
  await expect.poll(async () => (await api.get<unknown[]>(`/v1/agents?name=${agent.name} fork`)).length).toBe(0);
});

test("a step is forked with everything as it was to be changed, and both runs, their memory and cost are compared", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent();
  model.push({ text: "I don't know your name." });
  const body = { messages: [{ role: "user", content: "Who am I?" }] };
  await api.send("POST", `/v1/agents/${agent.id}/messages`, body);
  const [step] = await api.get<{ id: string }[]>(`/v1/steps/?agent_id=${agent.id}`);
  await page.goto(`/agents/${agent.id}?step=${step!.id}`);
  await page.getByRole("button", { name: "Fork and compare" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Fork before step 1 and compare" });
  await expect(dialog.getByLabel("The last message")).toHaveValue("Who am I?");
  await dialog.getByLabel("Memory block human").fill("Name: Ada");
  await expectAccessible(page);
  model.push({ text: "You are Ada." });
  await dialog.getByRole("button", { name: "Fork and run" }).click();
  await expect(dialog.getByText("Then the answer is another.")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "As it was" }).getByText("I don't know your name.")).toBeVisible();
  const now = dialog.getByRole("region", { name: "With the change" });
  await expect(now.getByText("You are Ada.")).toBeVisible();
  await expect(now.getByText(/tokens/)).toBeVisible();
  const memory = dialog.getByRole("region", { name: "Memory after the runs" });
  await expect(memory.locator("ins").filter({ hasText: "Ada" }).first()).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete the fork" }).click();
  await expect(dialog).toBeHidden();
});
