import { expect, pickAgent, test } from "./fixtures";

test("an identity is added with an agent and properties, changed, found, and deleted", async ({ page, api }) => {
  const agent = await api.makeAgent({ name: "Mara's own" });
  const key = `mara-${Math.random().toString(36).slice(2, 8)}`;
  await page.goto("/identities");
  await page.getByRole("button", { name: "New identity" }).click();
  const form = page.getByRole("dialog", { name: "New identity" });
  await form.getByRole("textbox", { name: "Key in your own system" }).fill(key);
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("Mara Berg");
  await pickAgent(page, "Add an agent", agent.name);
  await form.getByRole("button", { name: "Add a property" }).click();
  await form.getByRole("textbox", { name: "Name of property 1" }).fill("age");
  await form.getByRole("combobox", { name: "Type of property 1" }).selectOption("number");
  await form.getByRole("textbox", { name: "Value of property 1" }).fill("forty");
  await expect(form.getByRole("button", { name: "Save" })).toBeDisabled();
  await form.getByRole("textbox", { name: "Value of property 1" }).fill("40");
  await form.getByRole("button", { name: "Save" }).click();

  const row = page.getByRole("listitem").filter({ hasText: key });
  await expect(row.getByRole("link", { name: "1 agent" })).toBeVisible();
  await expect(row.getByText("age 40")).toBeVisible();
  await row.getByRole("button", { name: "Mara Berg", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name", exact: true }).fill("Mara Lind");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row.getByRole("button", { name: "Mara Lind", exact: true })).toBeVisible();

  await page.getByRole("textbox", { name: "Search identities by name" }).fill("nobody");
  await expect(page.getByText("No identity matches")).toBeVisible();
  await page.getByRole("textbox", { name: "Search identities by name" }).fill("lind");
  await row.getByRole("button", { name: "Delete Mara Lind" }).click();
  await expect(row).toHaveCount(0);
});

test("what a page shows can be taken along as code", async ({ page }) => {
  await page.goto("/identities");
  await page.getByRole("button", { name: "Copy as code" }).click();
  const dialog = page.getByRole("dialog", { name: "As code" });
  await expect(dialog.getByRole("region", { name: "Code" })).toContainText('client.get("/v1/identities"');
  await dialog.getByRole("tab", { name: "curl" }).click();
  await expect(dialog.getByRole("region", { name: "Code" })).toContainText("curl 'http://");
});
