import { expect, expectAccessible, gate, test, Workbench } from "./fixtures";

test("an answer streams in token by token, with its rate and the time to its first token", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  const door = gate();
  model.push({ text: "One two three four five six.", holdAt: 4, hold: door.opened, pauseMs: 30 });
  await bench.open(await api.makeAgent());
  await bench.say("Count.");
  await expect(bench.log.getByText("One two three", { exact: false })).toBeVisible();
  await expect(bench.log.getByText("six.", { exact: false })).toHaveCount(0);
  await expect(page.getByText(/first token \d+/)).toBeVisible();
  door.open();
  await expect(bench.log.getByText("One two three four five six.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeVisible();
});

test("a message, reasoning, a tool call with its duration and the answer each stand once after the run", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push(
    { calls: [{ name: "memory_insert", args: { label: "human", new_string: "Likes: tea", insert_line: -1 } }] },
    { text: "Noted: tea." },
  );
  await bench.open(await api.makeAgent());
  await bench.say("I like tea.");
  await expect(bench.log.getByText("Noted: tea.")).toBeVisible();
  const call = bench.log.getByRole("button", { name: /^memory_insert/ });
  await expect(call).toHaveCount(1);
  await expect(bench.log.getByText("done")).toBeVisible();
  await expect(bench.log.getByText(/^(<1|\d+) ms$/)).toBeVisible();
  await call.click();
  await expect(bench.log.getByRole("region", { name: "Arguments" })).toContainText('"new_string": "Likes: tea"');
  await expect(bench.log.getByText("I like tea.")).toHaveCount(1);
});

test("a reload during a stream shows the stream again, from its beginning to its end", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const door = gate();
  model.push({ text: "Before the reload. After the reload.", holdAt: 4, hold: door.opened });
  const agent = await api.makeAgent();
  await bench.open(agent);
  await bench.say("Tell me.");
  await expect(bench.log.getByText("Before the reload.")).toBeVisible();
  await page.reload();
  await expect(bench.log.getByText("Before the reload.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  door.open();
  await expect(bench.log.getByText("Before the reload. After the reload.")).toHaveCount(1);
  await expect(bench.log.getByText("Tell me.")).toHaveCount(1);
});

test("stop ends the run, and the next message works", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "This goes on and on and on and on.", holdAt: 3, hold: new Promise(() => {}) });
  await bench.open(await api.makeAgent());
  await bench.say("Go on.");
  // The model is at it: what was pushed next would otherwise be said to this run.
  await expect(bench.log.getByText("This goes")).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeVisible();
  model.push({ text: "Here again." });
  await bench.say("Still there?");
  await expect(bench.log.getByText("Here again.")).toBeVisible();
});

const ASKS = { tool_rules: [{ type: "requires_approval", tool_name: "memory_insert" }] };
const INSERT = { calls: [{ name: "memory_insert", args: { label: "human", new_string: "Secret", insert_line: -1 } }] };

test("a call that needs an approval waits, runs when it is approved, and then the agent goes on", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push(INSERT, { text: "It is written." });
  const agent = await api.makeAgent(ASKS);
  await bench.open(agent);
  await bench.say("Write it.");
  await expect(page.getByRole("region", { name: "Approval" })).toContainText("A tool call waits for you");
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(bench.log.getByText("It is written.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Approval" })).toHaveCount(0);
  const { blocks } = await api.get<{ blocks: { value: string }[] }>(`/v1/agents/${agent.id}`);
  expect(blocks.some((block) => block.value.includes("Secret"))).toBe(true);
});

test("a call that is denied does not run, and the agent reads the reason", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push(INSERT, { text: "I will not." });
  await bench.open(await api.makeAgent(ASKS));
  await bench.say("Write it.");
  await page.getByRole("textbox", { name: "Reason for a denial" }).fill("that is private");
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(bench.log.getByText("I will not.")).toBeVisible();
  expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain("that is private");
});

test("the role chip sends a message as the system", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "Understood." });
  await bench.open(await api.makeAgent());
  await page.getByRole("button", { name: "Send as user" }).click();
  await page.getByRole("menuitem", { name: /as system/ }).click();
  await bench.say("The shop is closed today.");
  await expect(bench.log.getByText("Understood.")).toBeVisible();
  expect(model.requests.at(-1)?.messages.at(-1)?.role).not.toBe("assistant");
});

test("a new conversation starts empty, the URL names it, and the default one keeps its messages", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push({ text: "In the default one." });
  await bench.open(await api.makeAgent());
  await bench.say("First.");
  await expect(bench.log.getByText("In the default one.")).toBeVisible();
  await page.getByRole("button", { name: "Default conversation" }).click();
  await page.getByRole("menuitem", { name: "New conversation" }).click();
  await expect(page).toHaveURL(/conversation=conv-/);
  await expect(page.getByText(/^Say something to/)).toBeVisible();
  await page.getByRole("button", { name: /^Conversation / }).click();
  await page.getByRole("menuitem", { name: "Default conversation" }).click();
  await expect(bench.log.getByText("In the default one.")).toBeVisible();
});

test("a fork of a conversation starts with what was in context", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "Kept in the fork." });
  await bench.open(await api.makeAgent());
  await bench.say("Remember this.");
  await expect(bench.log.getByText("Kept in the fork.")).toBeVisible();
  await page.getByRole("button", { name: "Default conversation" }).click();
  await page.getByRole("menuitem", { name: "Fork this conversation" }).click();
  await expect(page).toHaveURL(/conversation=conv-/);
  await expect(bench.log.getByText("Kept in the fork.")).toBeVisible();
});

test("a model's error is shown with what to do, and the page goes on", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.otherwise = () => ({ status: 401, body: { error: { message: "Incorrect API key provided" } } });
  await bench.open(await api.makeAgent());
  await bench.say("Hello?");
  await expect(page.getByRole("main").getByRole("alert")).toContainText("refused the key");
  await expect(page.getByRole("main").getByRole("alert")).toContainText("Settings");
  model.otherwise = () => ({ text: "Now it works." });
  await bench.say("And now?");
  await expect(bench.log.getByText("Now it works.")).toBeVisible();
});

test("HTML in a model's text stays text, and no remote image is loaded", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("evil.example")) foreign.push(request.url());
  });
  model.push({ text: "Look: ![a cat](https://evil.example/cat.png)\n\n<img src=x onerror=alert(1)> <b>bold</b> end." });
  await bench.open(await api.makeAgent());
  await bench.say("Show me.");
  await expect(bench.log.getByText("end.", { exact: false })).toBeVisible();
  await expect(bench.log.locator("img")).toHaveCount(0);
  await expect(bench.log.getByRole("button", { name: /Image from evil.example/ })).toBeVisible();
  expect(foreign).toEqual([]);
});

const MARKDOWN = [
  "## What I found",
  "The setting is `MEMOIR_DRAIN_MS`, *not* **that** one; see [the docs](https://example.com).",
  "| setting | value |\n| --- | --- |\n| `drain` | 8000 |",
  `\`\`\`ts\nconst long = "${"wide ".repeat(80)}"; // a comment\n\`\`\``,
  "> a quote\n\n- one\n- two\n\n1. first\n\nthe end.",
].join("\n\n");

test("rendered Markdown can be read in either scheme, and code that scrolls is reached by keyboard", async ({
  page,
  api,
  model,
}) => {
  const bench = new Workbench(page);
  model.push({ text: MARKDOWN });
  await bench.open(await api.makeAgent());
  await bench.say("Show me.");
  await expect(bench.log.getByText("the end.")).toBeVisible();
  await expect(bench.log.getByRole("table")).toContainText("8000");
  const code = bench.log.locator('[data-streamdown="code-block-body"]');
  await expect(code).toHaveAttribute("tabindex", "0");
  // Its colours come late, in another element.
  const scrolled = async () => {
    await code.focus();
    await page.keyboard.press("ArrowRight");
    return code.evaluate((one) => one.scrollLeft);
  };
  await expect.poll(scrolled).toBeGreaterThan(0);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
});

test("ten thousand messages scroll smoothly: few rows in the page, and nothing jumps when older ones come in", async ({
  page,
  api,
}) => {
  test.slow();
  const bench = new Workbench(page);
  const initial = Array.from({ length: 10_000 }, (_, index) => ({
    role: index % 2 ? "assistant" : "user",
    content: `Message number ${index}. ${"It says a little more. ".repeat(index % 7)}`,
  }));
  await bench.open(await api.makeAgent({ initial_message_sequence: initial }));
  await expect(bench.log.getByText("Message number 9999.", { exact: false })).toBeVisible();
  await bench.log.hover();
  for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, -700);
  await expect(bench.log.getByText(/Message number 9[0-7]\d\d\./).first()).toBeVisible();
  expect(await bench.log.locator("[data-index]").count()).toBeLessThan(80);
  const drift = await bench.log.evaluate(async (log) => {
    const top = log.getBoundingClientRect().top;
    const row = [...log.querySelectorAll("[data-index]")].find((one) => one.getBoundingClientRect().top > top + 100)!;
    const before = row.getBoundingClientRect().top;
    for (let frame = 0; frame < 60; frame++) await new Promise(requestAnimationFrame);
    return Math.abs(row.getBoundingClientRect().top - before);
  });
  expect(drift).toBeLessThan(2);
});
