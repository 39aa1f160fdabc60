import { expect, test, Workbench } from "./fixtures";

test("the context bar has every section, and a section opens with its exact text", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  await bench.open(ada);
  type Context = { sections: { kind: string; label: string; text: string }[] };
  const context = await api.get<Context>(`/v1/agents/${ada.id}/context/sections`);
  const bar = page.getByRole("list", { name: "Sections to scale" }).getByRole("button");
  await expect(bar).toHaveCount(context.sections.length);
  const index = context.sections.findIndex((section) => section.kind === "memory-block");
  await bar.nth(index).click();
  const section = context.sections[index]!;
  const text = page.getByRole("region", { name: section.label, exact: true });
  await expect(text).toBeVisible();
  expect(await text.textContent()).toBe(section.text);
});

test("a block is saved as a new version, and the meter counts its characters", async ({ page, api }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  await bench.open(agent);
  const dialog = await bench.openBlock("human");
  const value = "Name: Mara. Likes tea.";
  await dialog.getByRole("textbox", { name: "Text" }).fill(value);
  await expect(dialog.getByText(`${value.length} / 500 characters`)).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("Saved as version 2.")).toBeVisible();
  const block = agent.blocks.find((one) => one.label === "human")!;
  expect(await api.get(`/v1/blocks/${block.id}`)).toMatchObject({ value });
});

test.describe("when another writer was first", () => {
  test.use({ allowed: [/409/] });

  test("both texts are shown, nothing is overwritten, and a merged text can be saved", async ({ page, api }) => {
    const bench = new Workbench(page);
    const agent = await api.makeAgent();
    await bench.open(agent);
    const block = agent.blocks.find((one) => one.label === "human")!;
    const dialog = await bench.openBlock("human");
    await dialog.getByRole("textbox", { name: "Text" }).fill("Mine");
    await api.send("PATCH", `/v1/blocks/${block.id}`, { value: "Theirs" });
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog.getByRole("alert")).toContainText("changed while you were writing");
    await expect(dialog.getByRole("textbox", { name: /theirs/ })).toHaveValue("Theirs");
    await dialog.getByRole("textbox", { name: "Yours" }).fill("Theirs and mine");
    await dialog.getByRole("button", { name: "Go on with mine" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog.getByText("Saved as version 3.")).toBeVisible();
    expect(await api.get(`/v1/blocks/${block.id}`)).toMatchObject({ value: "Theirs and mine" });
  });
});

test("versions show what each changed, by lines and words, and one can be gone back to", async ({ page, api }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  const block = agent.blocks.find((one) => one.label === "human")!;
  await api.send("PATCH", `/v1/blocks/${block.id}`, { value: "Name: Mara Lind" });
  await bench.open(agent);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: "Versions (2)" }).click();
  await expect(dialog.locator("ins").filter({ hasText: "Mara" })).toBeVisible();
  await expect(dialog.locator("del").first()).toBeVisible();
  await dialog.getByRole("list", { name: "Versions" }).getByRole("button").last().click();
  await dialog.getByRole("button", { name: "Restore version 1" }).click();
  await expect(dialog.getByRole("tab", { name: "Versions (3)" })).toBeVisible();
  expect(await api.get(`/v1/blocks/${block.id}`)).toMatchObject({ value: "Name: not known yet" });
});

test("blame says who wrote each line, and a line leads to the step that wrote it", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  const human = ada.blocks.find((block) => block.label === "human")!;
  await bench.open(ada);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: "Blame" }).click();
  const lines = dialog.getByRole("list", { name: "Blame by line" });
  await expect(lines.getByRole("listitem")).toHaveCount(human.value.split("\n").length);
  type Blame = { segments: { text: string; cause: { step?: string } }[] };
  const blame = await api.get<Blame>(`/v1/blocks/${human.id}/blame`);
  expect(blame.segments.map((segment) => segment.text).join("")).toBe(human.value);
  const step = blame.segments.findLast((segment) => segment.cause.step && segment.text.trim() !== "")!.cause.step;
  await lines.getByRole("link").last().click();
  await expect(page).toHaveURL(new RegExp(`step=${step}`));
  await expect(bench.past).toBeVisible();
});

test("blame names each writer of a line, on a phone too", async ({ page, api }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const ada = await api.ada();
  const block = ada.blocks.find((one) => one.label === "household")!;
  await page.goto(`/agents/${ada.id}?pane=context&block=${block.id}`);
  await page.getByRole("dialog").getByRole("tab", { name: "Blame" }).click();
  const lines = page.getByRole("dialog").getByRole("list", { name: "Blame by line" });
  type Blame = { segments: { number: number; cause: { actor: string } }[] };
  const { segments } = await api.get<Blame>(`/v1/blocks/${block.id}/blame`);
  expect(new Set(segments.map((segment) => segment.cause.actor)).size).toBeGreaterThan(1);
  for (const { number } of segments) await expect(lines.getByText(`v${number}`, { exact: true }).first()).toBeVisible();
  for (const name of ["Ada", "Bo"]) await expect(lines.getByText(name, { exact: true }).first()).toBeVisible();
});

test("a shared block names the agents that share it", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  await bench.open(ada);
  const agents = await Promise.all(
    ada.blocks.map((block) => api.get<{ name: string }[]>(`/v1/blocks/${block.id}/agents`)),
  );
  const shared = ada.blocks[agents.findIndex((list) => list.length > 1)]!;
  const dialog = await bench.openBlock(shared.label);
  await expect(dialog.getByText(/shared by .*Ada/)).toBeVisible();
});

test("archival memory is browsed, searched with ranks, added to and deleted from", async ({ page, api }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  await api.send("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "The boat is called Petrel." });
  await bench.open(agent);
  const archive = page.getByRole("region", { name: "Archival memory" });
  await expect(archive.getByText("The boat is called Petrel.")).toBeVisible();
  // What stands above is there, and moves nothing any more.
  await expect(page.getByRole("list", { name: "Sections to scale" })).toBeVisible();
  await archive.getByRole("button", { name: "Add a passage" }).click();
  await archive.getByRole("textbox", { name: "New passage" }).fill("The garden has a plum tree.");
  await archive.getByRole("button", { name: "Insert" }).click();
  await expect(archive.getByText("The garden has a plum tree.")).toBeVisible();
  await archive.getByRole("textbox", { name: "Search archival memory" }).fill("plum");
  await expect(archive.getByText("rank 1")).toBeVisible();
  await expect(archive.getByRole("listitem").first()).toContainText("plum tree");
  await archive.getByRole("textbox", { name: "Search archival memory" }).fill("");
  await expect(archive.getByText("The boat is called Petrel.")).toBeVisible();
  const boat = archive.getByRole("listitem").filter({ hasText: "Petrel" });
  await boat.getByRole("button", { name: "Delete the passage" }).click();
  await boat.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(archive.getByText("The boat is called Petrel.")).toHaveCount(0);
});

test("why it forgot the allergy is answered by one question, which leads to the rewrite that dropped it", async ({
  page,
  api,
}) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  const box = page.getByRole("region", { name: "Knowledge" });
  await box.getByRole("textbox", { name: "Why does it know, or not?" }).fill("Why did it forget the walnut allergy?");
  await page.keyboard.press("Enter");
  await expect(box.getByRole("status")).toContainText(/missing from v\d+, where memory_rethink dropped it, to v\d+/);
  const dropped = box.getByRole("listitem").filter({ hasText: "by memory_rethink" });
  await expect(dropped).toHaveCount(1);
  await dropped.getByRole("button", { name: "As of this step" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^As of step/)).toBeVisible();
  // Asked of that moment, it is judged by what the model was shown.
  await box.getByRole("textbox", { name: "Why does it know, or not?" }).fill("walnut allergy");
  await page.keyboard.press("Enter");
  await expect(box.getByRole("status")).toContainText("The model was shown it in this step, in the block “human”");
  await box.getByRole("button", { name: "Versions of human" }).first().click();
  await expect(page.getByRole("dialog", { name: /human/ })).toBeVisible();
});

test("what was never said is said to be so, and the question can be cleared", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.makeAgent());
  const box = page.getByRole("region", { name: "Knowledge" });
  await box.getByRole("textbox").fill("volcano");
  await box.getByRole("button", { name: "Ask" }).click();
  await expect(box.getByRole("status")).toContainText("Nobody has said it");
  await box.getByRole("button", { name: "Clear the question" }).click();
  await expect(box.getByRole("status")).toHaveCount(0);
});

test("how a search of the archive was ranked, and what was cut, is shown with its call", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ tools: ["archival_memory_search"] });
  for (const text of ["Basil and mint, basil.", "A cat named Basil slept all day long.", "Mint by the wall."])
    await api.send("POST", `/v1/agents/${agent.id}/archival-memory`, { text });
  model.push(
    { calls: [{ name: "archival_memory_search", args: { query: "basil", top_k: 1 } }] },
    { text: "One of them." },
  );
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Basil?" });
  const bench = new Workbench(page);
  await bench.open(agent);
  await bench.log.getByRole("button", { name: /^archival_memory_search/ }).press("Enter");
  await page.getByRole("button", { name: "How was it ranked?" }).press("Enter");
  const ranking = page.getByRole("region", { name: "Ranking of “basil”" });
  await expect(ranking).toContainText("Searched by words: 2 candidates, 1 returned of at most 1.");
  await expect(ranking.getByRole("row").nth(1)).toContainText("Basil and mint, basil.");
  await expect(ranking.getByRole("row").nth(2)).toContainText("cut");
});
