import type { Locator, Page } from "@playwright/test";
import { type AuthServer, guardedBy, startAuthServer } from "../../lib/server/mcp/testing/auth-server";
import { described, startFakeServer } from "../../lib/server/mcp/testing/fake-server";
import { programOf, startEverything } from "../../lib/server/mcp/testing/reference";
import { expect, expectAccessible, test } from "./fixtures";

test.use({ environment: { MEMOIR_MCP_STDIO: "on" } });

const stops: (() => Promise<void>)[] = [];
test.afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Tool = { id: string; name: string };
type Server = { id: string; server_name: string };

/** The list of servers, as a person uses it. */
class Servers {
  readonly list: Locator;

  constructor(readonly page: Page) {
    this.list = page.getByRole("list", { name: "MCP servers" });
  }

  async open(): Promise<void> {
    await this.page.goto("/tools?view=mcp");
  }

  row(name: string): Locator {
    return this.list.getByRole("listitem").filter({ has: this.page.getByRole("button", { name: `Delete ${name}` }) });
  }

  async add(fill: (dialog: Locator) => Promise<void>): Promise<Locator> {
    await this.open();
    await this.page.getByRole("button", { name: "Add a server" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Add an MCP server" });
    await fill(dialog);
    return dialog;
  }

  async remove(name: string): Promise<void> {
    await this.row(name)
      .getByRole("button", { name: `Delete ${name}` })
      .click();
    await this.page.getByRole("button", { name: "Keep it" }).click();
    await this.row(name)
      .getByRole("button", { name: `Delete ${name}` })
      .click();
    await this.page.getByRole("button", { name: "Delete for good" }).click();
    await expect(this.row(name)).toHaveCount(0);
  }
}

const atAddress = (name: string, url: string) => async (dialog: Locator) => {
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Address" }).fill(url);
};

test("the reference server over HTTP is tried, added, its tool given to an agent and run", async ({ page, api }) => {
  const everything = await startEverything("streamableHttp");
  stops.push(everything.stop);
  const agent = await api.makeAgent({ name: "Echoing one" });
  const servers = new Servers(page);
  const dialog = await servers.add(atAddress("Everything", everything.url));
  await dialog.getByRole("button", { name: "Test" }).click();
  await expect(dialog.getByRole("status")).toContainText(/It answers, with \d+ tools: .*echo/);
  expect(await api.get("/v1/mcp-servers")).toEqual([]);
  await dialog.getByRole("button", { name: "Add the server" }).click();
  const row = servers.row("Everything");
  await expect(row.getByText("connected", { exact: true })).toBeVisible();
  await row.getByText(/^\d+ tools$/).click();
  await row.getByRole("button", { name: "Attach echo to an agent" }).click();
  const picker = page.getByRole("dialog", { name: "Attach echo to an agent" });
  await picker.getByRole("combobox").fill("Echoing");
  await picker.getByRole("option", { name: /^Echoing one/ }).click();
  await expect(row.getByRole("status")).toHaveText("Echoing one has echo now.");
  const tools = await api.get<Tool[]>(`/v1/agents/${agent.id}/tools`);
  expect(tools.map((tool) => tool.name)).toContain("echo");
  await expectAccessible(page);
  await row.getByRole("button", { name: "Resync the tools of Everything" }).click();
  await expect(row.getByText("Nothing has changed.")).toBeVisible();
  await row.getByRole("link", { name: "Run echo" }).click();
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("textbox", { name: /^message/ }).fill("hello");
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByRole("status")).toContainText("Echo: hello");
  await servers.open();
  await servers.remove("Everything");
  await expect.poll(() => api.get<Tool[]>("/v1/tools?name=echo")).toEqual([]);
});

test("the reference server as a program is added, and a tool of it takes numbers from the form", async ({ page }) => {
  const servers = new Servers(page);
  const dialog = await servers.add(async (form) => {
    await form.getByRole("textbox", { name: "Name" }).fill("Program");
    await form.getByRole("combobox", { name: "How it is reached" }).selectOption("stdio");
    await form.getByRole("textbox", { name: "Program" }).fill(process.execPath);
    await form.getByRole("textbox", { name: "Arguments" }).fill(programOf("everything"));
  });
  await dialog.getByRole("button", { name: "Add the server" }).click();
  const row = servers.row("Program");
  await row.getByText(/^\d+ tools$/).click();
  await row.getByRole("link", { name: "Run get-sum" }).click();
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("textbox", { name: /^a\b/ }).fill("2");
  await trial.getByRole("textbox", { name: /^b\b/ }).fill("x");
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByText("This has to be a number.")).toBeVisible();
  await trial.getByRole("textbox", { name: /^b\b/ }).fill("3");
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByRole("status")).toContainText("5");
  await servers.open();
  await servers.remove("Program");
});

test("a server is changed and keeps its secrets, and a resync says what else changed", async ({ page, api }) => {
  const fake = await startFakeServer({ tools: [described("stays"), described("goes")] });
  stops.push(fake.stop);
  const servers = new Servers(page);
  const dialog = await servers.add(async (form) => {
    await atAddress("Changing", fake.url)(form);
    await form.getByLabel("Token, if it wants one").fill("token-of-the-page");
    await form.getByRole("textbox", { name: "More headers" }).fill("X-Team: header-of-the-page");
  });
  await dialog.getByRole("button", { name: "Add the server" }).click();
  await servers.row("Changing").getByRole("button", { name: "Change Changing" }).click();
  const edit = page.getByRole("dialog", { name: "Change Changing" });
  await expect(edit.getByLabel("Token, if it wants one")).toHaveValue("********");
  await expect(edit.getByRole("textbox", { name: "More headers" })).toHaveValue("X-Team: ********");
  await edit.getByRole("textbox", { name: "More headers" }).fill("X-Team: ********\nX-More: b");
  fake.asked.length = 0;
  await edit.getByRole("button", { name: "Test" }).click();
  await expect(edit.getByRole("status")).toContainText("It answers, with 2 tools");
  const sent = { authorization: "Bearer token-of-the-page", "x-team": "header-of-the-page", "x-more": "b" };
  expect(fake.asked.at(-1)?.headers).toMatchObject(sent);
  await edit.getByRole("textbox", { name: "Name" }).fill("Changed");
  await expectAccessible(page);
  await edit.getByRole("button", { name: "Save" }).click();
  const row = servers.row("Changed");
  await expect(row.getByText("connected", { exact: true })).toBeVisible();
  expect(fake.asked.at(-1)?.headers).toMatchObject(sent);
  const [kept] = await api.get<(Server & { auth_token: string })[]>("/v1/mcp-servers");
  expect(kept).toMatchObject({ server_name: "Changed", auth_token: "********" });

  fake.tools = [described("stays", { more: { type: "string" } }), described("comes")];
  await row.getByRole("button", { name: "Resync the tools of Changed" }).click();
  await expect(row.getByText("Added: comes. Changed: stays. Gone: goes.")).toBeVisible();
  await servers.remove("Changed");
});

test.describe("a server that can't be used", () => {
  // The browser itself logs the refusal of a resync and of a save.
  test.use({ allowed: [/status of (422|502)/] });

  test("says so when it is tried, is kept if wanted, and says why in the list", async ({ page }) => {
    const servers = new Servers(page);
    const dialog = await servers.add(atAddress("Nowhere", "http://127.0.0.1:9/mcp"));
    await dialog.getByRole("button", { name: "Test" }).click();
    await expect(dialog.getByRole("status")).toContainText(/It could not be used: .*ECONNREFUSED/);
    await dialog.getByRole("textbox", { name: "More headers" }).fill("a b: c");
    await dialog.getByRole("button", { name: "Add the server" }).click();
    const headers = dialog.getByRole("textbox", { name: "More headers" });
    await expect(headers).toHaveAttribute("aria-invalid", "true");
    await headers.fill("");
    await dialog.getByRole("button", { name: "Add the server" }).click();
    const row = servers.row("Nowhere");
    await expect(row.getByText("failed", { exact: true })).toBeVisible();
    await expect(row.getByText(/ECONNREFUSED/)).toBeVisible();
    await row.getByRole("button", { name: "Connect to Nowhere" }).click();
    await expect(row.getByRole("alert")).toContainText("Not connected:");
    await row.getByRole("button", { name: "Resync the tools of Nowhere" }).click();
    await expect(row.getByRole("alert").filter({ hasText: "ECONNREFUSED" })).not.toHaveCount(0);
    await expectAccessible(page);
    await servers.remove("Nowhere");
    await expect(page.getByText("No MCP servers yet")).toBeVisible();
  });
});

test("a server that wants a person's leave is signed in to, and has its tools then", async ({ page }) => {
  const auth: AuthServer = await startAuthServer();
  const fake = await startFakeServer({
    tools: [described("guarded_tool")],
    gate: guardedBy(auth),
    call: () => ({ content: [{ type: "text", text: "let in" }] }),
  });
  stops.push(auth.stop, fake.stop);
  const servers = new Servers(page);
  const dialog = await servers.add(atAddress("Guarded", fake.url));
  await dialog.getByRole("button", { name: "Test" }).click();
  await expect(dialog.getByRole("status")).toContainText("wants a person to sign in");
  await dialog.getByRole("button", { name: "Add the server" }).click();
  const row = servers.row("Guarded");
  await expect(row.getByText("needs authorization", { exact: true })).toBeVisible();
  await row.getByRole("button", { name: "Connect to Guarded" }).click();
  const popup = page.waitForEvent("popup");
  await row.getByRole("link", { name: /^Sign in at/ }).click();
  const answer = await popup;
  await expect(answer.getByRole("heading", { name: "Connected" })).toBeVisible();
  await answer.close();
  await expect(row.getByText("Connected: it offers one tool.")).toBeVisible();
  await expect(row.getByText("connected", { exact: true })).toBeVisible();
  await expect(row.getByText("signed in", { exact: true })).toBeVisible();
  await row.getByText("1 tool", { exact: true }).click();
  await row.getByRole("link", { name: "Run guarded_tool" }).click();
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("button", { name: "Run" }).click();
  await expect(trial.getByRole("status")).toContainText("let in");
  await servers.open();
  await servers.remove("Guarded");
});
