import { expect, expectAccessible, MODEL, test, Workbench } from "./fixtures";

const CSV = "month,bees\nMay,120\nJune,310\n";
/** A red pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

test("what tools write is in the workspace, with its versions and who made each, now and as of a step", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ tools: ["file_manager"], include_base_tools: false });
  const bench = new Workbench(page);
  await bench.open(agent);
  const workspace = page.getByRole("region", { name: "Workspace", exact: true });
  await expect(workspace.getByText("No files")).toBeVisible();
  const write = (content: string) => ({
    calls: [{ name: "file_manager", args: { action: "write", path: "notes/plan.md", content } }],
  });
  model.push(write("The first plan."), { text: "Written." }, write("The second plan."), { text: "Rewritten." });
  for (const said of ["Write it.", "Again."]) {
    await bench.message.fill(said);
    await bench.message.press("Enter");
    await expect(bench.log.getByText(said === "Again." ? "Rewritten." : "Written.", { exact: true })).toBeVisible();
  }
  await workspace.getByRole("button", { name: /notes\/plan\.md/ }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "notes/plan.md" });
  await expect(dialog.getByText("The second plan.")).toBeVisible();
  const versions = dialog.getByRole("region", { name: "Versions of the file" });
  await expect(versions.getByRole("listitem")).toHaveCount(2);
  await versions.getByRole("button", { name: "Show v1" }).click();
  await expect(dialog.getByText("The first plan.")).toBeVisible();
  await expectAccessible(page);
  await versions.getByRole("listitem").nth(1).getByRole("button", { name: "go to the step" }).click();
  const past = page.getByRole("region", { name: "Workspace as of the step" });
  await expect(past).toBeVisible();
});

test("a person adds a file, the agent draws it, and the picture is seen; the file is deleted and erased", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ tools: ["data_processing"], include_base_tools: false });
  const bench = new Workbench(page);
  await bench.open(agent);
  const workspace = page.getByRole("region", { name: "Workspace", exact: true });
  await workspace
    .locator("input[type=file]")
    .setInputFiles({ name: "bees.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) });
  await expect(workspace.getByRole("button", { name: /bees\.csv/ })).toBeVisible();
  const args = { action: "chart", path: "bees.csv", x: "month", y: ["bees"], save_as: "bees.png" };
  model.push({ calls: [{ name: "data_processing", args }] }, { text: "Here it is." });
  await bench.message.fill("Draw the bees.");
  await bench.message.press("Enter");
  await expect(bench.log.getByText("Here it is.")).toBeVisible();
  const picture = bench.log.getByRole("img", { name: "Image" });
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1600);
  await bench.log.getByRole("button", { name: "Open image" }).press("Enter");
  await expect(page.getByRole("dialog", { name: "Image" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await workspace.getByRole("button", { name: /bees\.png/ }).click();
  await page.getByRole("dialog", { name: "bees.png" }).getByRole("button", { name: "Delete" }).click();
  await expect(workspace.getByRole("button", { name: /bees\.png/ })).toHaveCount(0);
  await workspace.getByRole("button", { name: /bees\.csv/ }).click();
  const dialog = page.getByRole("dialog", { name: "bees.csv" });
  await dialog.getByRole("button", { name: "Erase from the past too…" }).click();
  const erase = page.getByRole("dialog", { name: /^Erase the file bees\.csv/ });
  await erase.getByRole("checkbox").check();
  await erase.getByRole("button", { name: "Erase for good" }).click();
  await expect(workspace.getByText("No files")).toBeVisible();
});

test("an image is pasted into a message, sent, seen by the model, and shown in the message, then and in the past", async ({
  page,
  api,
  model,
}) => {
  const agent = await api.makeAgent({ include_base_tools: false });
  const bench = new Workbench(page);
  await bench.open(agent);
  await bench.message.focus();
  await bench.message.evaluate((field, data) => {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "pixel.png", { type: "image/png" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, PIXEL);
  await expect(page.getByRole("list", { name: "Images to send" }).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "Remove image 1" }).click();
  await expect(page.getByRole("list", { name: "Images to send" })).toHaveCount(0);
  await page
    .locator("form input[type=file]")
    .setInputFiles({ name: "pixel.png", mimeType: "image/png", buffer: Buffer.from(PIXEL, "base64") });
  await expect(page.getByRole("list", { name: "Images to send" }).getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page);
  model.push({ text: "It is red." });
  await bench.message.fill("What colour is it?");
  await bench.message.press("Enter");
  await expect(bench.log.getByText("It is red.")).toBeVisible();
  expect(JSON.stringify(model.requests.at(-1)!.messages)).toContain("data:image/");
  const picture = bench.log.getByRole("img", { name: "Image" });
  const width = () => picture.evaluate((img: HTMLImageElement) => img.naturalWidth);
  await expect.poll(width).toBe(1);
  await page.reload();
  await expect.poll(width).toBe(1);
  const [step] = await api.get<{ id: string }[]>(`/v1/steps?agent_id=${agent.id}&limit=1`);
  await page.goto(`/agents/${agent.id}?step=${step!.id}`);
  await expect(bench.past).toBeVisible();
  await expect
    .poll(() => page.getByRole("img", { name: "Image" }).evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBe(1);
});

test("what is no image is refused in words, and the model is not asked", async ({ page, api }) => {
  const agent = await api.makeAgent({ model: MODEL });
  const bench = new Workbench(page);
  await bench.open(agent);
  await page
    .locator("form input[type=file]")
    .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await expect(page.getByRole("alert").filter({ hasText: "notes.txt can't be sent" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
});
