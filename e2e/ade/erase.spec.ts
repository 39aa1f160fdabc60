import { expect, expectAccessible, test, Workbench } from "./fixtures";

test("a block is erased after a warning, and its past says by whom and when instead of what it said", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent();
  const human = agent.blocks.find((block) => block.label === "human")!;
  await api.send("PATCH", `/v1/blocks/${human.id}`, { value: "Lives at 12 Zyxwallow Street in Oslo" });
  model.push({ text: "Good to know that." });
  const body = { messages: [{ role: "user", content: "Hello there" }] };
  await api.send("POST", `/v1/agents/${agent.id}/messages`, body);
  const [step] = await api.get<{ id: string }[]>(`/v1/steps/?agent_id=${agent.id}`);

  const bench = new Workbench(page);
  await bench.open(agent);
  const block = await bench.openBlock("human");
  await block.getByRole("button", { name: "Erase from the past too…" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Erase the block “human” from the past too?" });
  const erase = dialog.getByRole("button", { name: "Erase for good" });
  await expect(erase).toBeDisabled();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(dialog).toBeHidden();
  await block.getByRole("button", { name: "Erase from the past too…" }).click();
  await dialog.getByRole("checkbox", { name: "I know that it can’t be brought back." }).press("Space");
  await erase.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Open block human" })).toHaveCount(0);

  await bench.open(agent, `?step=${step!.id}`);
  const context = page.getByRole("region", { name: "Context window" });
  await expect(context.getByText("erased", { exact: true })).toBeVisible();
  await expect(context.getByText("with the block that it was of")).toBeVisible();
  await page.getByRole("button", { name: "Open block human" }).click();
  const past = page.getByRole("dialog").filter({ hasText: "human, as of version" });
  await past.getByRole("tab", { name: /^Versions/ }).click();
  await expect(past.getByText("with the block that it was of")).toBeVisible();
  await expect(past.getByRole("button", { name: /Undo|Restore/ })).toHaveCount(0);
  await expect(page.getByText("Zyxwallow")).toHaveCount(0);
});

test("what somebody said is erased in the transcript, and its place says so", async ({ page, api, model }) => {
  const agent = await api.makeAgent();
  model.push({ text: "Noted." });
  const body = { messages: [{ role: "user", content: "My secret number is 4711-0815" }] };
  await api.send("POST", `/v1/agents/${agent.id}/messages`, body);
  const bench = new Workbench(page);
  await bench.open(agent);
  const said = bench.log.getByRole("article", { name: /^You/ });
  await said.hover();
  await said.getByRole("button", { name: "Erase what you said from the past too" }).click();
  const dialog = page.getByRole("dialog", { name: /^Erase what you said/ });
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Erase for good" }).click();
  await expect(said.getByText("[erased]")).toBeVisible();
  await expect(said.getByText("with the message that it was of")).toBeVisible();
  await expect(bench.log.getByText("4711")).toHaveCount(0);
});
