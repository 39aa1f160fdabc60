import { type Api, expect, expectAccessible, test, Workbench } from "./fixtures";

type Tool = { id: string; name: string; source_code: string; tags: string[]; return_char_limit: number };
type Rules = { tool_rules: { type: string; tool_name: string; children?: string[] }[] };

const GREET = `def greet_person(name: str, times: int = 1) -> str:
    """
    Greet a person.

    Args:
        name (str): Who is greeted.
        times (int): How often.
    """
    print("greeting")
    return "Hello " * times + name
`;

const makeTool = (api: Api, source: string) => api.send<Tool>("POST", "/v1/tools", { source_code: source });
const named = (name: string) => GREET.replace("greet_person", name);

test("the catalogue finds tools by their words and origin, and asks for the use of one when it is opened", async ({
  page,
  api,
}) => {
  const tool = await makeTool(api, named("catalogue_greet"));
  const agent = await api.makeAgent({ name: "Greeter", tool_ids: [tool.id] });
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/stats") && asked.push(request.url()));
  await page.goto("/tools");
  const list = page.getByRole("list", { name: "Tools" });
  await expect(list.getByRole("link", { name: "memory_insert", exact: true })).toBeVisible();
  expect(asked).toEqual([]);
  await page.getByRole("button", { name: /^Custom/ }).click();
  await expect(page).toHaveURL(/origin=custom/);
  await expect(list.getByRole("link", { name: "memory_insert", exact: true })).toHaveCount(0);
  await page.getByRole("textbox", { name: /^Search tools/ }).fill("catalogue greet");
  await list.getByRole("button", { name: "Use of catalogue_greet" }).click();
  await expect(list.getByText("Not called yet.")).toBeVisible();
  await expect(list.getByRole("link", { name: agent.name })).toHaveAttribute("href", `/agents/${agent.id}`);
  expect(asked).toHaveLength(1);
  await expectAccessible(page);
});

test("a tool is written, its schema follows the source, it is tried, and kept", async ({ page, api }) => {
  await page.goto("/tools/new?language=python");
  const editor = page.getByRole("textbox", { name: "Source of the tool" });
  await editor.fill(named("written_greet"));
  const told = page.getByRole("region", { name: "What the model is told" });
  await expect(told.getByText("written_greet", { exact: true })).toBeVisible();
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("textbox", { name: /^name/ }).fill("Ada");
  await trial.getByRole("textbox", { name: /^times/ }).fill("2");
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByRole("status")).toContainText("Hello Hello Ada", { timeout: 60_000 });
  await expect(trial.getByRole("status")).toContainText("greeting");
  await page.getByRole("button", { name: "Make the tool" }).click();
  await expect(page).toHaveURL(/\/tools\/tool-/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("written_greet");
  const kept = await api.get<Tool[]>("/v1/tools?name=written_greet");
  expect(kept[0]?.source_code).toBe(named("written_greet"));
  await expectAccessible(page);
});

test.describe("a refusal", () => {
  // The browser itself logs an answer of 400.
  test.use({ allowed: [/status of 400/] });

  test("a source that can't be read says why at its line, and is not saved", async ({ page, api }) => {
    const tool = await makeTool(api, named("broken_greet"));
    await page.goto(`/tools/${tool.id}`);
    const source = page.getByRole("region", { name: "Source", exact: true });
    await source.getByRole("textbox").fill("x = 1\ndef broken_greet(:\n    pass\n");
    await expect(source.getByRole("status")).toContainText("Line 2:");
    await expect(source.locator(".cm-lint-marker-error")).toBeVisible();
    await expect(source.getByRole("button", { name: "Save" })).toBeDisabled();
    await source.getByRole("button", { name: "Discard" }).click();
    await expect(source.getByRole("status")).toContainText("Nothing wrong found.");
  });
});

test("a name that is taken is not overwritten by a new tool", async ({ page, api }) => {
  await makeTool(api, named("taken_greet"));
  await page.goto("/tools/new");
  await page.getByRole("textbox", { name: "Source of the tool" }).fill(named("taken_greet"));
  await expect(page.getByText("There is a tool named")).toBeVisible();
  await expect(page.getByRole("button", { name: "Make the tool" })).toBeDisabled();
});

test("source and settings are changed, also the name, and the tool is deleted only after asking", async ({
  page,
  api,
}) => {
  const tool = await makeTool(api, named("changed_greet"));
  await page.goto(`/tools/${tool.id}`);
  const source = page.getByRole("region", { name: "Source", exact: true });
  await source.getByRole("textbox").fill(named("renamed_greet"));
  await source.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("renamed_greet");
  const settings = page.getByRole("region", { name: "Settings" });
  await settings.getByRole("textbox", { name: /^Tags/ }).fill("polite, short");
  await settings.getByRole("spinbutton", { name: "A return is cut at" }).fill("900");
  await settings.getByRole("button", { name: "Save settings" }).click();
  await expect(settings.getByRole("button", { name: "Save settings" })).toHaveCount(0);
  expect(await api.get(`/v1/tools/${tool.id}`)).toMatchObject({
    name: "renamed_greet",
    tags: ["polite", "short"],
    return_char_limit: 900,
  });
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/\/tools$/);
  await expect(api.get(`/v1/tools/${tool.id}`)).rejects.toThrow("404");
});

test("a tool is tried with an agent's own memory", async ({ page, api }) => {
  const agent = await api.makeAgent({
    name: "Remembering one",
    memory_blocks: [{ label: "human", value: "Likes violets" }],
  });
  const tool = await makeTool(
    api,
    `def read_human(agent_state: "AgentState") -> str:\n    """Read."""\n    return agent_state.memory.get_block("human").value\n`,
  );
  await page.goto(`/tools/${tool.id}`);
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("button", { name: /^Agent: none/ }).click();
  const picker = page.getByRole("dialog", { name: "Run with the state of" });
  await picker.getByRole("combobox").fill("Remembering");
  await picker.getByRole("option", { name: /^Remembering one/ }).click();
  await expect(trial.getByRole("button", { name: `Agent: ${agent.name}. Choose` })).toBeVisible();
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByRole("status")).toContainText("Likes violets", { timeout: 60_000 });
});

test("secrets of a tool and of an agent are set and taken away, and never shown", async ({ page, api }) => {
  const tool = await makeTool(api, named("secret_greet"));
  await page.goto(`/tools/${tool.id}`);
  const own = page.getByRole("region", { name: "Secrets of the tool" });
  await own.getByRole("textbox", { name: "Name of the secret" }).fill("API_KEY");
  await own.getByLabel("Value of the secret").fill("s3cret-value");
  await own.getByRole("button", { name: "Add" }).click();
  await expect(own.getByText("API_KEY")).toBeVisible();
  await expect(page.getByText("s3cret-value")).toHaveCount(0);
  await own.getByRole("button", { name: "Remove the secret API_KEY" }).click();
  await expect(own.getByText("API_KEY")).toHaveCount(0);

  const agent = await api.makeAgent();
  await new Workbench(page).open(agent);
  const secrets = page.getByRole("region", { name: "Secrets of the agent" });
  await secrets.getByRole("textbox", { name: "Name of the secret" }).fill("CITY");
  await secrets.getByLabel("Value of the secret").fill("Vienna");
  await secrets.getByRole("button", { name: "Add" }).click();
  await expect(secrets.getByText("CITY")).toBeVisible();
  const kept = await api.get<{ secrets: { key: string; value: string }[] }>(`/v1/agents/${agent.id}`);
  expect(kept.secrets).toMatchObject([{ key: "CITY", value: "Vienna" }]);
});

test("tool rules are added by the form, drawn, taken away from the list, and saved", async ({ page, api }) => {
  const agent = await api.makeAgent({ tool_rules: [] });
  await new Workbench(page).open(agent);
  await page.getByRole("button", { name: "Edit the tool rules" }).click();
  const dialog = page.getByRole("dialog", { name: "Tool rules" });
  const form = dialog.getByRole("form", { name: "Add a rule" });
  await form.getByRole("combobox", { name: "Tool", exact: true }).selectOption("memory_insert");
  await form.getByRole("checkbox", { name: "memory_replace" }).check();
  await form.getByRole("button", { name: "Add the rule" }).click();
  await form.getByRole("combobox", { name: "Rule" }).selectOption("max_count_per_step");
  await form.getByRole("spinbutton", { name: "Calls, at most" }).fill("2");
  await form.getByRole("button", { name: "Add the rule" }).click();
  await form.getByRole("combobox", { name: "Rule" }).selectOption("exit_loop");
  await form.getByRole("button", { name: "Add the rule" }).click();
  await expect(dialog.getByText("max 2")).toBeVisible();
  await expect(dialog.locator(".react-flow__edge")).toHaveCount(2);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Remove: memory_insert ends the turn" }).click();
  await dialog.getByRole("button", { name: "Save the rules" }).click();
  await expect(dialog.getByText("Not saved yet.")).toHaveCount(0);
  const { tool_rules: rules } = await api.get<Rules>(`/v1/agents/${agent.id}`);
  expect(rules.map(({ type, tool_name: name }) => `${name} ${type}`).sort()).toEqual([
    "memory_insert constrain_child_tools",
    "memory_insert max_count_per_step",
  ]);
  expect(rules.find((rule) => rule.type === "constrain_child_tools")?.children).toEqual(["memory_replace"]);
});

test.describe("MCP servers", () => {
  test("one that can't be reached says so in words, is kept if wanted, and deleted after asking", async ({ page }) => {
    await page.goto("/tools?view=mcp");
    await page.getByRole("button", { name: "Add a server" }).click();
    const dialog = page.getByRole("dialog", { name: "Add an MCP server" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Nowhere");
    await dialog.getByRole("textbox", { name: "Address" }).fill("http://127.0.0.1:9/mcp");
    await dialog.getByRole("button", { name: "Add the server" }).click();
    const list = page.getByRole("list", { name: "MCP servers" });
    await expect(list.getByText("not reached")).toBeVisible();
    await list.getByRole("button", { name: "Connect to Nowhere" }).click();
    await expect(list.getByRole("alert")).toContainText("Not connected:");
    await expectAccessible(page);
    await list.getByRole("button", { name: "Delete Nowhere" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await expect(page.getByText("No MCP servers yet")).toBeVisible();
  });
});
