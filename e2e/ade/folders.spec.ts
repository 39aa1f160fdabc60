import type { Page } from "@playwright/test";
import { type Api, expect, expectAccessible, gate, test, Workbench } from "./fixtures";

type Folder = { id: string; name: string };
type Sent = { name: string; mimeType: string; buffer: Buffer };

const unique = (name: string) => `${name} ${Math.random().toString(36).slice(2, 8)}`;
const makeFolder = (api: Api, body = {}) =>
  api.send<Folder>("POST", "/v1/folders", { name: unique("Folder"), ...body });
const text = (name: string, content: string): Sent => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from(content),
});
const add = (page: Page, files: Sent | Sent[]) => page.getByLabel("Files to add").setInputFiles(files);
const listed = (page: Page) => page.getByRole("list", { name: "Files in the folder" }).getByRole("listitem");
const row = (page: Page, name: string) => listed(page).filter({ has: page.getByRole("button", { name, exact: true }) });

test("a folder is made, edited, and found in the list with what is in it", async ({ page }) => {
  const name = unique("Handbook");
  await page.goto("/folders");
  await page.getByRole("button", { name: "New folder" }).click();
  const dialog = page.getByRole("dialog", { name: "New folder" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Description" }).fill("How we work");
  await dialog.getByRole("button", { name: "Make the folder" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await add(page, text("one.txt", "a first line"));
  await expect(row(page, "one.txt")).toContainText("1 passage");

  await page.getByRole("button", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: `Edit ${name}` });
  await edit.getByRole("textbox", { name: "Instructions" }).fill("Look here first.");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("region", { name: "About the folder" })).toContainText("Look here first.");

  await page.goto("/folders");
  const found = page.getByRole("row").filter({ has: page.getByRole("link", { name }) });
  await expect(found).toContainText("How we work");
  await expect(found).toContainText("12 B");
  await expect(found).toContainText("by words");
});

test("many files are read in the background, and one that can't be says why", async ({ page, api }) => {
  const folder = await makeFolder(api);
  await page.goto(`/folders/${folder.id}`);
  const many = Array.from({ length: 8 }, (_, index) => text(`note-${index}.md`, `# Note ${index}\n\nSome words.`));
  const broken = { name: "broken.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 nothing") };
  await add(page, [...many, broken]);
  for (const { name } of many) await expect(row(page, name)).toContainText("1 passage");
  await expect(row(page, "broken.pdf")).toContainText("could not be read");
  await expect(page.getByRole("list", { name: "Uploads" })).toHaveCount(0);
});

test.describe("what the server refuses", () => {
  test.use({ allowed: [/4\d\d/] });

  test("a file of a kind that can't be read stays on the list with the reason", async ({ page, api }) => {
    const folder = await makeFolder(api);
    await page.goto(`/folders/${folder.id}`);
    await add(page, { name: "image.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0, 255, 1, 254]) });
    const uploads = page.getByRole("list", { name: "Uploads" });
    await expect(uploads.getByRole("alert")).toContainText("Unsupported file type: 'image.bin'");
    await uploads.getByRole("button", { name: "Take image.bin off the list" }).click();
    await expect(uploads).toHaveCount(0);
  });

  test("a name that is taken is treated as is chosen", async ({ page, api }) => {
    const folder = await makeFolder(api);
    await page.goto(`/folders/${folder.id}`);
    const choice = page.getByRole("combobox", { name: "If the name is taken" });
    await add(page, text("a.txt", "first"));
    await expect(row(page, "a.txt")).toContainText("1 passage");

    await add(page, text("a.txt", "second"));
    await expect(row(page, "a_(1).txt")).toBeVisible();

    await choice.selectOption("skip");
    await add(page, text("a.txt", "third, longer"));
    const uploads = page.getByRole("list", { name: "Uploads" });
    await expect(uploads).toContainText("the file that was there stays");
    await uploads.getByRole("button", { name: "Take a.txt off the list" }).click();

    await choice.selectOption("error");
    await add(page, text("a.txt", "fourth, longer"));
    await expect(uploads.getByRole("alert")).toContainText("There is a file of this name already");
    await expect(row(page, "a.txt")).toContainText("5 B");
    await choice.selectOption("replace");
    await uploads.getByRole("button", { name: "Try again" }).click();
    await expect(uploads).toHaveCount(0);
    await expect(row(page, "a.txt")).toContainText("14 B");
    await expect(listed(page)).toHaveCount(2);
  });
});

test("an upload shows that it goes on, and files may be dropped anywhere", async ({ page, api }) => {
  const folder = await makeFolder(api);
  const door = gate();
  await page.route("**/upload?*", async (route) => {
    await door.opened;
    await route.continue();
  });
  await page.goto(`/folders/${folder.id}`);
  await expect(page.getByRole("button", { name: "Add files" })).toBeVisible();
  const files = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped words"], "dropped.txt", { type: "text/plain" }));
    return transfer;
  });
  await page.dispatchEvent("body", "dragenter", { dataTransfer: files });
  await expect(page.getByText(`Drop files to add them to ${folder.name}`)).toBeVisible();
  await page.dispatchEvent("body", "drop", { dataTransfer: files });
  await expect(page.getByText(/^Drop files to add/)).toHaveCount(0);
  await expect(page.getByRole("progressbar", { name: "Upload of dropped.txt" })).toBeVisible();
  door.open();
  await expect(row(page, "dropped.txt")).toContainText("1 passage");
  await expect(page.getByRole("progressbar")).toHaveCount(0);
});

test("a long file is shown by numbered lines, of which only those in sight are in the page", async ({ page, api }) => {
  const folder = await makeFolder(api);
  await page.goto(`/folders/${folder.id}`);
  await add(
    page,
    text("long.txt", Array.from({ length: 5000 }, (_, index) => `line ${index + 1} <b>x</b>`).join("\n")),
  );
  await row(page, "long.txt").getByRole("button", { name: "long.txt", exact: true }).click();
  await expect(page).toHaveURL(/file=file-/);
  const lines = page.getByRole("dialog", { name: "long.txt" }).getByRole("region", { name: "Text, 5,000 lines" });
  await expect(lines.getByText("line 1 <b>x</b>", { exact: true })).toBeVisible();
  expect(await lines.locator("[data-index]").count()).toBeLessThan(200);
  await lines.focus();
  await lines.press("End");
  await expect(lines.getByText("line 5000 <b>x</b>", { exact: true })).toBeVisible();
});

test("a file is deleted only after asking", async ({ page, api }) => {
  const folder = await makeFolder(api);
  await page.goto(`/folders/${folder.id}`);
  await add(page, text("gone.txt", "soon"));
  await row(page, "gone.txt").getByRole("button", { name: "Delete gone.txt" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(row(page, "gone.txt")).toBeVisible();
  await row(page, "gone.txt").getByRole("button", { name: "Delete gone.txt" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(row(page, "gone.txt")).toHaveCount(0);
  expect(await api.get(`/v1/folders/${folder.id}/files`)).toEqual([]);
});

test("a folder is attached to an agent and taken from it; its deletion names who loses it", async ({ page, api }) => {
  const folder = await makeFolder(api);
  const agent = await api.makeAgent({ name: unique("Reader") });
  await page.goto(`/folders/${folder.id}`);
  const agents = page.getByRole("region", { name: "Agents with the folder" });
  const attach = async () => {
    await agents.getByRole("button", { name: "Attach" }).click();
    const picker = page.getByRole("dialog", { name: "Attach to an agent" });
    await picker.getByRole("combobox").fill(agent.name);
    await picker.getByRole("option", { name: agent.name }).click();
    await expect(agents.getByRole("link", { name: agent.name })).toBeVisible();
  };
  await attach();
  await agents.getByRole("button", { name: `Detach from ${agent.name}` }).click();
  await expect(agents.getByRole("link", { name: agent.name })).toHaveCount(0);
  expect(await api.get(`/v1/agents/${agent.id}/folders`)).toEqual([]);
  await attach();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${folder.name}?` });
  await expect(dialog).toContainText("One agent loses it");
  await expect(dialog).toContainText(agent.name);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/\/folders$/);
  await expect(page.getByRole("link", { name: folder.name })).toHaveCount(0);
  expect(await api.get(`/v1/agents/${agent.id}/folders`)).toEqual([]);
});

test("the workbench opens and closes files, and shows of the past what was so then", async ({ page, api, model }) => {
  const folder = await makeFolder(api);
  await page.goto(`/folders/${folder.id}`);
  await add(page, [text("a.txt", "the answer is forty-two"), text("b.txt", "something else")]);
  await expect(row(page, "a.txt")).toContainText("1 passage");
  await expect(row(page, "b.txt")).toContainText("1 passage");

  const bench = new Workbench(page);
  await bench.open(await api.makeAgent());
  const files = page.getByRole("region", { name: "Files", exact: true });
  await expect(files).toContainText("No folders");
  await files.getByRole("button", { name: "Attach a folder" }).click();
  await page.getByRole("dialog", { name: "Attach a folder" }).getByRole("option", { name: folder.name }).click();
  await expect(files).toContainText(/open of 2/);
  await expect(page.getByRole("region", { name: "Tools" })).toContainText("open_files");
  // Where there is room, files of a folder are open from the start.
  await files.getByRole("button", { name: "Close b.txt" }).click();
  await expect(files).toContainText("1 open of 2");
  await expect(files.getByRole("button", { name: "Open b.txt" })).toBeVisible();
  await expect(files.getByRole("button", { name: "Close a.txt" })).toBeVisible();

  model.push({ text: "noted" });
  await bench.say("remember");
  await expect(bench.log.getByText("noted")).toBeVisible();
  expect(JSON.stringify(model.requests.at(-1))).toContain("the answer is forty-two");
  await files.getByRole("button", { name: `Detach ${folder.name}` }).click();
  await expect(files).toContainText("No folders");
  await bench.timeline.press("Home");
  const past = page.getByRole("region", { name: "Files as of the step" });
  await expect(past.getByRole("link", { name: folder.name })).toBeVisible();
  await expect(past.getByRole("region", { name: "Files in the context" })).toContainText("the answer is forty-two");
});

test.describe("when the server does not answer", () => {
  test.use({ allowed: [/ERR_FAILED|Failed to load/] });

  test("an upload says so, and trying again works", async ({ page, api }) => {
    const folder = await makeFolder(api);
    let broken = true;
    await page.route("**/upload?*", (route) => (broken ? route.abort() : route.continue()));
    await page.goto(`/folders/${folder.id}`);
    await add(page, text("late.txt", "words"));
    const uploads = page.getByRole("list", { name: "Uploads" });
    await expect(uploads.getByRole("alert")).toContainText("did not answer");
    broken = false;
    await uploads.getByRole("button", { name: "Try again" }).click();
    await expect(row(page, "late.txt")).toBeVisible();
    await expect(uploads).toHaveCount(0);
  });
});

test.describe("a folder that is not there", () => {
  test.use({ allowed: [/404/] });

  test("is said to be gone, with a way on", async ({ page }) => {
    await page.goto("/folders/source-00000000-0000-4000-8000-000000000001");
    await expect(page.getByRole("main").getByRole("alert")).toContainText("This is not here");
    await page.getByRole("link", { name: "All folders" }).click();
    await expect(page.getByRole("heading", { name: "Folders", level: 1 })).toBeVisible();
  });
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(`in ${scheme}, at 390 pixels`, () => {
    test.use({ colorScheme: scheme, viewport: { width: 390, height: 844 } });

    test(`axe finds nothing serious in ${scheme}, and nothing runs out of the page`, async ({ page, api }) => {
      const folder = await makeFolder(api, { description: "d".repeat(200) });
      await page.goto(`/folders/${folder.id}`);
      await add(page, text(`${"name".repeat(30)}.txt`, "words ".repeat(500)));
      await expect(listed(page)).toContainText(/passage/);
      const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= 390);
      await expectAccessible(page);
      expect(await fits()).toBe(true);
      // The address changes, and the page is asked for nothing: its title stays.
      await page.evaluate(() => {
        const watch = () => {
          if (document.title === "") document.body.dataset.untitled = "true";
          requestAnimationFrame(watch);
        };
        watch();
      });
      await listed(page).getByRole("button").first().click();
      await expect(page.getByRole("dialog").getByRole("region", { name: /^Text/ })).toBeVisible();
      await expect(page).toHaveURL(/file=/);
      await expect(page.locator("body")).not.toHaveAttribute("data-untitled", "true");
      await expectAccessible(page);
      await page.goto("/folders");
      await expect(page.getByRole("link", { name: folder.name })).toBeVisible();
      await expectAccessible(page);
      expect(await fits()).toBe(true);
    });
  });
}
