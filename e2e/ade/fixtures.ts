import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page, type Response } from "@playwright/test";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer } from "../support/server";

export { expect };

/** The handle of the scripted model. */
export const MODEL = "openai/scripted";

type Rig = { url: string; model: ScriptedModel };
type Json = Record<string, unknown>;
export type Agent = { id: string; name: string; model: string; blocks: { id: string; label: string; value: string }[] };

/** The REST API as any client has it. */
export type Api = {
  get<T>(path: string): Promise<T>;
  send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: Json): Promise<T>;
  /** The agent with the past. */
  ada(): Promise<Agent>;
  /** An agent on the scripted model, with the blocks human and persona. */
  makeAgent(body?: Json): Promise<Agent>;
};

type Fixtures = { api: Api; model: ScriptedModel; allowed: RegExp[]; quiet: undefined };

/**
 * A server with a past and a scripted model behind it, in the environment that a file of tests asks for. `MEMOIR_URL` (with `MEMOIR_MODEL_PORT`, where that server looks
 * for its model) takes one that runs already. Every test fails on anything in the console that it did not allow,
 * and on every breach of the content security policy.
 */
export const test = base.extend<Fixtures, { rig: Rig; environment: Record<string, string> }>({
  environment: [{}, { option: true, scope: "worker" }],
  rig: [
    async ({ environment }, use) => {
      const port = Number(process.env.MEMOIR_MODEL_PORT ?? 0);
      const model = await startScriptedModel({ port });
      if (process.env.MEMOIR_URL) {
        await use({ url: process.env.MEMOIR_URL, model });
        await model.close();
        return;
      }
      const server = await startServer({
        modelUrl: model.url,
        web: true,
        environment: {
          MEMOIR_SEED: "on",
          MEMOIR_ALLOW_PRIVATE_URLS: "on",
          MEMOIR_PIP_INDEX: "off",
          ...environment,
        },
      });
      await use({ url: server.url, model });
      await server.stop();
      await model.close();
    },
    { scope: "worker", timeout: 300_000 },
  ],
  baseURL: async ({ rig }, use) => use(rig.url),
  model: async ({ rig }, use) => {
    rig.model.reset();
    await use(rig.model);
    rig.model.reset();
  },
  api: async ({ rig, environment }, use) => use(createApi(rig.url, environment.MEMOIR_PASSWORD)),
  // What is clicked before a page has its program is lost, here as for a person; a person is not that quick.
  page: async ({ page }, use) => {
    for (const way of ["goto", "reload", "goBack", "goForward"] as const) {
      const go = page[way].bind(page) as (...given: unknown[]) => Promise<Response | null>;
      Object.assign(page, {
        [way]: async (...given: unknown[]) => {
          const answer = await go(...given);
          await page.waitForFunction(() => {
            const drawn = document.querySelector("main, form");
            return !drawn || Object.keys(drawn).some((key) => key.startsWith("__reactProps"));
          });
          return answer;
        },
      });
    }
    await use(page);
  },
  allowed: [[], { option: true }],
  quiet: [
    async ({ page, allowed }, use) => {
      const said: string[] = [];
      const violations: string[] = [];
      await page.exposeFunction("sayViolation", (what: string) => violations.push(what));
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          const { sayViolation } = window as unknown as { sayViolation: (what: string) => void };
          sayViolation(`${event.violatedDirective}: ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
        });
      });
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") said.push(message.text());
      });
      page.on("pageerror", (error) => said.push(String(error)));
      await use(undefined);
      expect(violations).toEqual([]);
      expect(said.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
});

function createApi(url: string, password?: string): Api {
  async function request<T>(method: string, path: string, body?: Json): Promise<T> {
    const response = await fetch(url + path, {
      method,
      headers: {
        "content-type": "application/json",
        ...(password ? { authorization: `Bearer ${password}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? null : await response.json()) as T;
  }
  return {
    get: (path) => request("GET", path),
    send: request,
    async ada() {
      const agents = await request<Agent[]>("GET", "/v1/agents?name=Ada");
      return agents[0]!;
    },
    makeAgent: (body = {}) =>
      request("POST", "/v1/agents", {
        name: `Test ${Math.random().toString(36).slice(2, 8)}`,
        model: MODEL,
        memory_blocks: [
          { label: "human", value: "Name: not known yet", limit: 500 },
          { label: "persona", value: "I am brief.", limit: 500 },
        ],
        ...body,
      }),
  };
}

/** The workbench of an agent, as a person uses it. */
export class Workbench {
  readonly log: Locator;
  readonly message: Locator;
  readonly timeline: Locator;
  readonly past: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole("log", { name: "Messages" });
    this.message = page.getByRole("textbox", { name: /^Message to/ });
    this.timeline = page.getByRole("slider", { name: "Time line" });
    this.past = page.getByText(/^As of step/);
  }

  async open(agent: { id: string }, search = ""): Promise<void> {
    await this.page.goto(`/agents/${agent.id}${search}`);
    await expect(this.message.or(this.past).first()).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press("Enter");
  }

  async openBlock(label: string): Promise<Locator> {
    await this.page.getByRole("button", { name: `Open block ${label}` }).click();
    const dialog = this.page.getByRole("dialog");
    await expect(dialog.getByRole("tab", { name: /^Versions \(/ })).toBeVisible();
    return dialog;
  }
}

/** Chooses an agent where a form, or a filter, has one of all: by its name, which the server looks for. */
export async function pickAgent(page: Page, label: string, name: string): Promise<void> {
  await page
    .getByRole("button", { name: new RegExp(`^${label}:`) })
    .first()
    .click();
  const picker = page.getByRole("dialog", { name: label, exact: true });
  await picker.getByRole("combobox").fill(name);
  await picker
    .getByRole("option", { name: new RegExp(`^${name}`) })
    .first()
    .click();
  await expect(picker).toHaveCount(0);
}

/** That axe finds nothing serious on what is shown. */
export async function expectAccessible(page: Page): Promise<void> {
  // A colour on its way to another is neither.
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.all(passing.map((one) => one.finished.catch(() => {})));
  });
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa"]).analyze();
  const serious = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  expect(serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}

/** A door that stays shut until it is opened. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
