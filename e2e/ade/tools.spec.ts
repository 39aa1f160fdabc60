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
  const told = page.getByRole("region", { name: "What the model is told" });
  // The source that it begins with has been read.
  await expect(told.getByText("add_days", { exact: true })).toBeVisible();
  await editor.fill(named("written_greet"));
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

test("a schema that a client is to run is checked as it is typed", async ({ page }) => {
  await page.goto("/tools/new?language=json");
  const source = page.getByRole("region", { name: "Source", exact: true });
  await source.getByRole("textbox").fill('{"name": "two words"}');
  await expect(source.getByRole("status")).toContainText("json_schema.name");
  await expect(page.getByRole("button", { name: "Make the tool" })).toBeDisabled();
  await source.getByRole("textbox").fill('{"name": "one_word"}');
  await expect(source.getByRole("status")).toContainText("Nothing wrong found.");
  await expect(page.getByRole("button", { name: "Make the tool" })).toBeEnabled();
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
  await settings.getByRole("textbox", { name: /^A return is cut at/ }).fill("900");
  await settings.getByRole("button", { name: "Save settings" }).click();
  // While it saves, the button says so.
  await expect(settings.getByRole("button", { name: /^Sav/ })).toHaveCount(0);
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

test("limits, hosts and packages are set before and after a tool is made; keys of others stay", async ({
  page,
  api,
}) => {
  await page.goto("/tools/new?language=python");
  await page.getByRole("textbox", { name: "Source of the tool" }).fill(named("limited_greet"));
  const settings = page.getByRole("region", { name: "Settings" });
  await settings.getByRole("textbox", { name: "Time-out of a call, in seconds" }).fill("9000");
  await expect(settings.getByText("A number from 0.1 to 3600.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Make the tool" })).toBeDisabled();
  await settings.getByRole("textbox", { name: "Time-out of a call, in seconds" }).fill("20");
  await settings.getByRole("textbox", { name: /^Hosts that it may fetch from/ }).fill("api.example.com\n*.example.org");
  await settings.getByRole("checkbox", { name: /^May be run again after a crash/ }).check();
  await settings.getByRole("button", { name: "Add a package" }).click();
  await settings.getByRole("textbox", { name: "Package 1", exact: true }).fill("requests");
  await page.getByRole("button", { name: "Make the tool" }).click();
  await expect(page).toHaveURL(/\/tools\/tool-/);
  const [made] = await api.get<(Tool & { metadata_: object })[]>("/v1/tools?name=limited_greet");
  expect(made).toMatchObject({
    tags: ["idempotent"],
    metadata_: { timeout_seconds: 20, allowed_hosts: ["api.example.com", "*.example.org"] },
    pip_requirements: [{ name: "requests", version: null }],
  });
  await api.send("PATCH", `/v1/tools/${made!.id}`, { metadata_: { ...made!.metadata_, theirs: { kept: true } } });
  await page.reload();
  await settings.getByRole("textbox", { name: "Memory, in MB" }).fill("64");
  await settings.getByRole("button", { name: "Remove package 1" }).click();
  await settings.getByRole("button", { name: "Save settings" }).click();
  // While it saves, the button says so.
  await expect(settings.getByRole("button", { name: /^Sav/ })).toHaveCount(0);
  expect(await api.get(`/v1/tools/${made!.id}`)).toMatchObject({
    metadata_: { timeout_seconds: 20, memory_mb: 64, theirs: { kept: true } },
    pip_requirements: [],
  });
  await expectAccessible(page);
});

test("a package that can't be had is told at its row", async ({ page, api }) => {
  const tool = await makeTool(api, named("needy_greet"));
  await page.goto(`/tools/${tool.id}`);
  const settings = page.getByRole("region", { name: "Settings" });
  for (const [index, name] of ["requests", "no-such-thing"].entries()) {
    await settings.getByRole("button", { name: "Add a package" }).click();
    await settings.getByRole("textbox", { name: `Package ${index + 1}`, exact: true }).fill(name);
  }
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("textbox", { name: /^name/ }).fill("Ada");
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(settings.getByRole("alert")).toHaveText(/no-such-thing is not kept here/, { timeout: 60_000 });
  const wrong = settings.getByRole("textbox", { name: "Package 2", exact: true });
  await expect(wrong).toHaveAttribute("aria-invalid", "true");
  await expect(settings.getByRole("textbox", { name: "Package 1", exact: true })).not.toHaveAttribute("aria-invalid");
});

const ORDER = `from typing import Literal, Optional
from pydantic import BaseModel, Field

class Item(BaseModel):
    name: str = Field(description="What it is")
    price: float = Field(description="In euros")

class Address(BaseModel):
    street: str = Field(description="Street")

def order_items(items: list[Item], speed: Literal["slow", "fast"], address: Optional[Address] = None, gift: bool = False) -> str:
    """
    Order.

    Args:
        items (list[Item]): What is ordered.
        speed (str): How fast.
        address (Address): Where to.
        gift (bool): Wrapped.
    """
    to = address.street if address else "home"
    return f"{len(items)} for {sum(item.price for item in items)} {speed} to {to} {gift}"
`;

test("a tool with lists, objects, choices and options is tried by a form, and by JSON", async ({ page, api }) => {
  const tool = await makeTool(api, ORDER);
  await page.goto(`/tools/${tool.id}`);
  const trial = page.getByRole("region", { name: "Try it" });
  for (const [index, price] of ["2.5", "dear"].entries()) {
    await trial.getByRole("button", { name: "Add to items" }).click();
    const item = trial.getByRole("group", { name: `items ${index + 1}` });
    await item.getByRole("textbox", { name: /^name/ }).fill("tea");
    await item.getByRole("textbox", { name: /^price/ }).fill(price);
  }
  await trial.getByRole("combobox", { name: /^gift/ }).selectOption("yes");
  await trial.getByRole("button", { name: "Run" }).click();
  const second = trial.getByRole("group", { name: "items 2" });
  await expect(second.getByText("This has to be a number.")).toBeVisible();
  await expect(trial.getByText("This is needed.")).toBeVisible();
  await second.getByRole("textbox", { name: /^price/ }).fill("4");
  await trial.getByRole("combobox", { name: /^speed/ }).selectOption("fast");
  await trial.getByRole("button", { name: "Give address" }).click();
  await trial.getByRole("textbox", { name: /^street/ }).fill("Main");
  await trial.getByRole("button", { name: "Run" }).click();
  const outcome = trial.getByRole("status");
  await expect(outcome).toContainText("2 for 6.5 fast to Main True", { timeout: 60_000 });
  await expect(outcome).toContainText(/\d m?s/);
  await expect(outcome).toContainText(/of memory/);
  await expectAccessible(page);
  await trial.getByRole("button", { name: "Do not give address" }).click();
  await trial.getByRole("button", { name: "Remove items 2" }).click();
  await trial.getByRole("button", { name: "As JSON" }).click();
  const json = trial.getByRole("textbox", { name: "Arguments, as JSON" });
  expect(JSON.parse(await json.inputValue())).toEqual({
    items: [{ name: "tea", price: 2.5 }],
    speed: "fast",
    gift: true,
  });
  await json.fill('{"items": [], "speed": "slow"');
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByText(/^This is not JSON/)).toBeVisible();
  await json.fill('{"items": [], "speed": "slow"}');
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(outcome).toContainText("0 for 0 slow to home False");
});

test("a trial shows how long it runs, and is stopped", async ({ page, api }) => {
  const tool = await makeTool(api, `def spin_long() -> str:\n    """Spins."""\n    while True:\n        pass\n`);
  await page.goto(`/tools/${tool.id}`);
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByText(/running, [1-9]/)).toBeVisible();
  await trial.getByRole("button", { name: "Stop" }).click();
  await expect(trial.getByRole("status")).toContainText("Stopped.");
  await expect(trial.getByRole("button", { name: "Run" })).toBeEnabled();
});

test("a catalogue of many pages is loaded as one scrolls, searched by the server, and is short in the page", async ({
  page,
  api,
}) => {
  const make = (n: number) => makeTool(api, named(`many_${String(n).padStart(3, "0")}`));
  for (let n = 0; n < 120; n += 20) await Promise.all([...Array(20).keys()].map((k) => make(n + k)));
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/tools/catalogue") && asked.push(request.url()));
  await page.goto("/tools?origin=custom");
  const list = page.getByRole("list", { name: "Tools" });
  await page.getByRole("textbox", { name: /^Search tools/ }).fill("many_");
  await expect(list.getByRole("link", { name: "many_000" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Custom 120" })).toBeVisible();
  await expect(list.getByRole("link", { name: "many_119" })).toHaveCount(0);
  await list.getByRole("link", { name: "many_049" }).scrollIntoViewIfNeeded();
  await list.getByRole("link", { name: "many_099" }).scrollIntoViewIfNeeded();
  await list.getByRole("link", { name: "many_119" }).scrollIntoViewIfNeeded();
  await expect(list.getByRole("listitem")).toHaveCount(120);
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);
  expect(asked.filter((url) => url.includes("many_"))).toHaveLength(3);
});

test("a tool is given to an agent from its page, and taken away", async ({ page, api }) => {
  const tool = await makeTool(api, named("given_greet"));
  const agent = await api.makeAgent({ name: "Given to" });
  await page.goto(`/tools/${tool.id}`);
  const use = page.getByRole("region", { name: "Use", exact: true });
  await use.getByRole("button", { name: "Attach" }).click();
  const picker = page.getByRole("dialog", { name: "Attach to an agent" });
  await picker.getByRole("combobox").fill("Given to");
  await picker.getByRole("option", { name: /^Given to/ }).click();
  await expect(use.getByRole("link", { name: agent.name })).toBeVisible();
  const names = async () => (await api.get<Tool[]>(`/v1/agents/${agent.id}/tools`)).map((one) => one.name);
  expect(await names()).toContain("given_greet");
  await use.getByRole("button", { name: `Detach from ${agent.name}` }).click();
  await expect(use.getByText("No agent has it")).toBeVisible();
  expect(await names()).not.toContain("given_greet");
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

test("programs as MCP servers are off unless the operator allows them, and the form says how", async ({ page }) => {
  await page.goto("/tools?view=mcp");
  await page.getByRole("button", { name: "Add a server" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an MCP server" });
  await dialog.getByRole("combobox", { name: "How it is reached" }).selectOption("stdio");
  await expect(dialog.getByRole("status")).toContainText("MEMOIR_MCP_STDIO=on");
  await expect(dialog.getByRole("button", { name: "Add the server" })).toBeDisabled();
});
