import { type Api, expect, expectAccessible, pickAgent, test } from "./fixtures";

type Template = { id: string; name: string };
type Deployed = { agent_ids: string[]; deployment_id: string };
type State = {
  name: string;
  system: string;
  tags: string[];
  base_template_id: string | null;
  blocks: { value: string }[];
};

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;
const makeHelper = (api: Api) =>
  api.makeAgent({
    name: unique("Helper"),
    system: "You help {{user}}.",
    memory_blocks: [{ label: "human", value: "This is {{user}}." }],
    secrets: { KEY: "of-the-source" },
  });
async function makeTemplate(api: Api): Promise<Template> {
  const { id } = await makeHelper(api);
  return api.send("POST", "/v1/templates", { type: "agent", agent_id: id, name: unique("helper") });
}
const deploy = (api: Api, template: Template, user: string) =>
  api.send<Deployed>("POST", `/v1/templates/${template.name}/agents`, {
    agent_name: `For ${user}`,
    memory_variables: { user },
  });

test("a template is made of an agent, and an agent of it with its variables filled in", async ({ page, api }) => {
  const agent = await makeHelper(api);
  const name = unique("made-here");
  await page.goto("/templates");
  await page.getByRole("button", { name: /^New template/ }).click();
  const dialog = page.getByRole("dialog", { name: "New template" });
  await pickAgent(page, "Agent", agent.name);
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("button", { name: "Make the template" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();

  const form = page.getByRole("region", { name: "Make agents" });
  await form.getByRole("textbox", { name: "Name of the agent" }).fill("For Ada");
  await form.getByRole("textbox", { name: "{{user}}" }).fill("Ada");
  await form.getByLabel("Secret KEY").fill("for-ada");
  await form.getByRole("textbox", { name: "Tags" }).fill("customer, trial");
  await form.getByRole("button", { name: "Make the agent" }).click();
  const made = form.getByRole("status").getByRole("link", { name: "Open it" });
  await expect(made).toBeVisible();
  await expect(page.getByRole("region", { name: "Deployments" }).getByRole("link", { name: "For Ada" })).toBeVisible();
  const id = (await made.getAttribute("href"))?.split("/").at(-1);
  expect(await api.get(`/v1/agents/${id}`)).toMatchObject({
    name: "For Ada",
    system: "You help Ada.",
    tags: ["customer", "trial"],
    secrets: [{ key: "KEY", value: "for-ada" }],
    blocks: [{ value: "This is Ada." }],
  });
});

test("a changed working copy says what is new, is saved as a version, and moves its agents", async ({ page, api }) => {
  const template = await makeTemplate(api);
  const { agent_ids } = await deploy(api, template, "Bo");
  await page.goto(`/templates/${template.id}`);
  const copy = page.getByRole("region", { name: "Working copy" });
  await expect(copy).toContainText("Same as v1");
  await copy.getByRole("textbox", { name: /^Prompt of/ }).fill("You assist {{user}}.");
  await copy.getByRole("button", { name: "Keep in the working copy" }).click();
  await expect(copy.getByRole("list", { name: "Not saved yet" })).toContainText(/agent Helper-\w+: prompt/);
  expect((await api.get<State>(`/v1/agents/${agent_ids[0]}`)).system).toBe("You help Bo.");

  await copy.getByRole("textbox", { name: "What is new" }).fill("assist, not help");
  await copy.getByRole("checkbox", { name: "Move all its agents to it" }).check();
  await copy.getByRole("button", { name: "Save as v2" }).click();
  await expect(copy).toContainText("Same as v2");
  const versions = page.getByRole("region", { name: "Versions" });
  await expect(versions).toContainText("assist, not help");
  expect((await api.get<State>(`/v1/agents/${agent_ids[0]}`)).system).toBe("You assist Bo.");

  await versions.getByRole("button", { name: "Make v1 the working copy" }).click();
  await expect(copy.getByRole("textbox", { name: /^Prompt of/ })).toHaveValue("You help {{user}}.");
  await expect(copy.getByRole("button", { name: "Save as v3" })).toBeVisible();
});

test("the working copy is taken from an agent", async ({ page, api }) => {
  const template = await makeTemplate(api);
  const other = await api.makeAgent({ name: unique("Other"), system: "You sing." });
  await page.goto(`/templates/${template.id}`);
  const copy = page.getByRole("region", { name: "Working copy" });
  await copy.getByRole("button", { name: "Take from an agent…" }).click();
  const picker = page.getByRole("dialog", { name: "Take the working copy from an agent" });
  await picker.getByRole("combobox").fill(other.name);
  await picker.getByRole("option", { name: other.name }).click();
  await expect(copy.getByRole("textbox", { name: /^Prompt of/ })).toHaveValue("You sing.");
  await expect(copy.getByRole("button", { name: "Save as v2" })).toBeVisible();
});

test("one deployment is moved to a version, and another stays", async ({ page, api }) => {
  const template = await makeTemplate(api);
  const [bo, cy] = [await deploy(api, template, "Bo"), await deploy(api, template, "Cy")];
  const place = `/v1/templates/default/${template.name}:current/snapshot`;
  await page.goto(`/templates/${template.id}`);
  const copy = page.getByRole("region", { name: "Working copy" });
  await copy.getByRole("textbox", { name: "Block human" }).fill("The customer is {{user}}.");
  await copy.getByRole("button", { name: "Keep in the working copy" }).click();
  await copy.getByRole("button", { name: "Save as v2" }).click();
  await expect(copy).toContainText("Same as v2");
  expect(JSON.stringify(await api.get(place))).toContain("The customer is");

  await page.getByRole("button", { name: "Move For Bo to another version" }).click();
  const dialog = page.getByRole("dialog", { name: "Move For Bo" });
  await expectAccessible(page);
  await dialog.getByRole("checkbox", { name: /^memory/ }).uncheck();
  await dialog.getByRole("button", { name: "Move", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  const textsOf = async ({ agent_ids }: Deployed) =>
    (await api.get<State>(`/v1/agents/${agent_ids[0]}`)).blocks.map((block) => block.value);
  expect([await textsOf(bo), await textsOf(cy)]).toEqual([["The customer is Bo."], ["This is Cy."]]);
});

test("a template is renamed and described, and deleted only after asking; its agents stay", async ({ page, api }) => {
  const template = await makeTemplate(api);
  const { agent_ids } = await deploy(api, template, "Bo");
  await page.goto(`/templates/${template.id}`);
  await page.getByRole("button", { name: "Rename" }).click();
  const edit = page.getByRole("dialog", { name: `Edit ${template.name}` });
  const name = unique("renamed");
  await edit.getByRole("textbox", { name: "Name" }).fill(name);
  await edit.getByRole("textbox", { name: "Description" }).fill("One per customer");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await page.goto("/templates");
  await expect(page.getByRole("row").filter({ hasText: name })).toContainText("One per customer");
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  // The dialog hides the page behind it from roles: what is asked for has happened when it is gone.
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("link", { name })).toHaveCount(0);
  await expect.poll(async () => (await api.get<State>(`/v1/agents/${agent_ids[0]}`)).base_template_id).toBeNull();
});

test.describe("a name that is taken", () => {
  test.use({ allowed: [/4\d\d/] });

  test("is refused in words, and what was typed stays", async ({ page, api }) => {
    const [one, other] = [await makeTemplate(api), await makeTemplate(api)];
    await page.goto(`/templates/${one.id}`);
    await page.getByRole("button", { name: "Rename" }).click();
    const edit = page.getByRole("dialog", { name: `Edit ${one.name}` });
    await edit.getByRole("textbox", { name: "Name" }).fill(other.name);
    await edit.getByRole("button", { name: "Save" }).click();
    await expect(edit.getByRole("alert")).toContainText(`there is a template with the name '${other.name}' already`);
    await expect(edit.getByRole("textbox", { name: "Name" })).toHaveValue(other.name);
  });
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(`in ${scheme}, at 390 pixels`, () => {
    test.use({ colorScheme: scheme, viewport: { width: 390, height: 844 } });

    test(`axe finds nothing serious in ${scheme}, and nothing runs out of the page`, async ({ page, api }) => {
      const template = await makeTemplate(api);
      await deploy(api, template, "Bo");
      for (const path of ["/templates", `/templates/${template.id}`]) {
        await page.goto(path);
        await expect(page.getByText(template.name).first()).toBeVisible();
        await expect(page.getByRole("status")).toHaveCount(0);
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      }
    });
  });
}
