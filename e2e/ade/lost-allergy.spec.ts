import type { Locator, Page } from "@playwright/test";
import { type Agent, type Api, expect, test, Workbench } from "./fixtures";

const LINE = "ALLERGY: nuts, walnuts above all. Never suggest them.";

type Version = {
  id: string;
  number: number;
  value: string;
  operation: string;
  step_id: string | null;
  cause: { kind: string; target?: string };
};

/** Ada, who lost the line in a rewrite, and the version that did it. What a test put back is taken away first. */
async function theLoss(api: Api): Promise<{ ada: Agent; block: string; harm: Version }> {
  const ada = await api.ada();
  const block = ada.blocks.find((one) => one.label === "human")!.id;
  const versions = await versionsOf(api, block);
  if (versions[0]!.step_id === null) {
    const last = versions.find((version) => version.step_id !== null)!;
    await api.send("POST", `/v1/blocks/${block}/revert`, { version_id: last.id });
  }
  return { ada, block, harm: versions.find((version) => version.operation === "memory_rethink")! };
}

const versionsOf = (api: Api, block: string) => api.get<Version[]>(`/v1/blocks/${block}/versions?limit=200`);

async function openVersions(page: Page, ada: Agent): Promise<Locator> {
  const bench = new Workbench(page);
  await bench.open(ada);
  const dialog = await bench.openBlock("human");
  await dialog.getByRole("tab", { name: /^Versions/ }).click();
  return dialog;
}

const rowOf = (dialog: Locator, version: Version) =>
  dialog.getByRole("list", { name: "Versions" }).getByRole("button", { name: new RegExp(`^v${version.number} `) });

/** The line as it was is put back, by a new version that says whose change it mends; all else stays. */
async function expectRestored(api: Api, block: string, harm: Version, before: readonly Version[]): Promise<void> {
  const [made, ...rest] = await versionsOf(api, block);
  expect(rest).toEqual(before);
  expect(made).toMatchObject({ operation: "restore-line", cause: { kind: "revert", target: harm.id } });
  expect(made!.value.split("\n")).toContain(LINE);
  expect(made!.value.split("\n").filter((line) => line !== LINE)).toEqual(before[0]!.value.split("\n"));
}

test("the rewrite that lost the allergy is read at a glance, and the line restored by mouse", async ({ page, api }) => {
  const { ada, block, harm } = await theLoss(api);
  const before = await versionsOf(api, block);
  const dialog = await openVersions(page, ada);
  await rowOf(dialog, harm).click();
  const changes = dialog.getByRole("region", { name: `What version ${harm.number} changed` });
  const gone = changes.locator("del").filter({ hasText: LINE });
  await expect(gone).toHaveCount(1);
  await expect(gone.locator("mark")).toHaveCount(0);
  await expect(changes.locator("ins")).toHaveCount(1);
  await expect(dialog.getByText("can’t be undone alone")).toBeVisible();
  await gone.getByRole("button", { name: /^Restore the line “ALLERGY/ }).click();
  const done = dialog.getByText("was put back: version");
  await expect(done).toBeVisible();
  await expectRestored(api, block, harm, before);
  await expect(gone.getByRole("button")).toHaveCount(0);
  await dialog.getByRole("button", { name: `Show version ${before[0]!.number + 1}` }).click();
  await expect(dialog.locator("ins").filter({ hasText: LINE })).toBeVisible();
});

test("the allergy is restored by keyboard alone", async ({ page, api }) => {
  const { ada, block, harm } = await theLoss(api);
  const before = await versionsOf(api, block);
  const dialog = await openVersions(page, ada);
  await rowOf(dialog, harm).focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("1 change")).toBeVisible();
  await page.keyboard.press("n");
  await expect(dialog.getByText("Change 1 of 1")).toBeVisible();
  const restore = dialog.getByRole("button", { name: /^Restore the line “ALLERGY/ });
  for (let press = 0; press < 9; press++) {
    await page.keyboard.press("Tab");
    if (await restore.evaluate((button) => button === document.activeElement)) break;
  }
  await expect(restore).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("was put back: version")).toBeVisible();
  await expectRestored(api, block, harm, before);
});

test("one change is undone on top of what came after it, and the diff goes from change to change by keys", async ({
  page,
  api,
}) => {
  const agent = await api.makeAgent();
  const block = agent.blocks.find((one) => one.label === "human")!.id;
  const lines = Array.from({ length: 60 }, (_, n) => `Fact ${n} about Mara`);
  const lost = lines.with(40, "Fact 40 about Maria").filter((_, n) => n !== 55);
  for (const value of [lines, lost, [...lost, "Moved to Malmö"]])
    await api.send("PATCH", `/v1/blocks/${block}`, { value: value.join("\n") });
  const dialog = await openVersions(page, agent);
  const harm = (await versionsOf(api, block))[1]!;
  await rowOf(dialog, harm).click();
  await expect(dialog.getByRole("button", { name: "Show 38 unchanged lines" })).toBeVisible();
  await expect(dialog.locator("mark").first()).toBeInViewport();
  await page.keyboard.press("n");
  await page.keyboard.press("n");
  await expect(dialog.getByText("Change 2 of 2")).toBeVisible();
  await expect(dialog.locator("[data-change]").last()).toBeFocused();
  await page.keyboard.press("p");
  await expect(dialog.getByText("Change 1 of 2")).toBeVisible();
  await dialog.getByRole("button", { name: "Show 38 unchanged lines" }).click();
  await expect(dialog.getByText("Fact 0 about Mara")).toBeAttached();
  await dialog.getByRole("button", { name: "Undo this change" }).click();
  await expect(dialog.getByText(`What version ${harm.number} changed was taken back: version`)).toBeVisible();
  expect((await versionsOf(api, block))[0]!.value).toBe([...lines, "Moved to Malmö"].join("\n"));
});
