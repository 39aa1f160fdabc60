import { type Api, expect, test, Workbench } from "./fixtures";

type Step = { type: string; id: string; seq: number; number: number; conversation_id: string };

/** The steps that pass a filter, newest first. */
async function stepsOf(api: Api, agentId: string, filter: string): Promise<Step[]> {
  const limit = filter.includes("limit=") ? "" : "&limit=1000";
  return api.get<Step[]>(`/v1/agents/${agentId}/timeline?types=step&${filter}${limit}`);
}

const tokensOf = async (api: Api, stepId: string) =>
  (await api.get<{ total_tokens: number }>(`/v1/steps/${stepId}/context`)).total_tokens;

test("the time line marks memory writes, a compaction and a tool error of the past", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await bench.timeline.press("Home");
  await expect(bench.past).toHaveText(/As of step 1\b/);
  await expect(page.getByRole("list", { name: "Marks of the time line" })).toContainText("compaction");
  const entries = await api.get<{ type: string }[]>(`/v1/agents/${(await api.ada()).id}/timeline?limit=1000`);
  const steps = entries.filter((entry) => entry.type === "step").length;
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", String(steps));
});

test("scrubbing shows every pane as of the step, and the URL names it", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  await bench.open(ada);
  await bench.timeline.press("Home");
  await expect(page).toHaveURL(/step=step-/);
  const step = new URL(page.url()).searchParams.get("step");
  type State = { blocks: { block_id: string; label: string; number: number }[]; agent_version: { number: number } };
  const state = await api.get<State>(`/v1/agents/${ada.id}/state?step_id=${step}&moment=before`);
  const memory = page.getByRole("region", { name: "Memory", exact: true });
  for (const block of state.blocks) await expect(memory).toContainText(`${block.label}v${block.number}`);
  await expect(page.getByRole("region", { name: "Agent as of the step" })).toContainText(
    `version ${state.agent_version.number}`,
  );
  const context = await api.get<{ total_tokens: number }>(`/v1/steps/${step}/context`);
  await expect(page.getByRole("region", { name: "Context window" })).toContainText(
    context.total_tokens.toLocaleString("en-US"),
  );
  await expect(bench.message).toHaveCount(0);
  await page.reload();
  await expect(bench.past).toHaveText(/As of step 1\b/);
});

test("the arrow keys go step by step, and Escape goes back to now", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toHaveAttribute("aria-valuetext", "now");
  // From the beginning: how the end stands to now depends on what others did since the last step.
  await expect(async () => {
    await bench.timeline.press("Home");
    await expect(bench.timeline).toHaveAttribute("aria-valuenow", "1", { timeout: 3000 });
  }).toPass();
  for (const [key, step] of [
    ["ArrowRight", 2],
    ["ArrowRight", 3],
    ["ArrowLeft", 2],
  ] as const) {
    await page.keyboard.press(key);
    await expect(bench.timeline).toHaveAttribute("aria-valuenow", String(step));
    await expect(bench.past).toHaveText(new RegExp(`^As of step ${step}\\b`));
  }
  await page.keyboard.press("Escape");
  await expect(bench.past).toHaveCount(0);
  await expect(bench.message).toBeVisible();
});

test("context and memory are of one moment: before the step, or after it", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  const [harm] = await stepsOf(api, ada.id, "tool=memory_rethink");
  await bench.open(ada, `?step=${harm!.id}`);
  const memory = page.getByRole("region", { name: "Memory", exact: true });
  const context = page.getByRole("region", { name: "Context window" });
  await expect(memory).toContainText("humanv16");
  await expect(context).toContainText((await tokensOf(api, harm!.id)).toLocaleString("en-US"));
  await page.getByRole("button", { name: "after", exact: true }).click();
  await expect(page).toHaveURL(/moment=after/);
  await expect(memory).toContainText("humanv17");
  const [next] = await stepsOf(api, ada.id, `conversation_id=${harm!.conversation_id}&after=${harm!.seq}&limit=1`);
  await expect(context).toContainText(`as step ${next!.number}, the next of its conversation`);
  await expect(context).toContainText((await tokensOf(api, next!.id)).toLocaleString("en-US"));
  await page.getByRole("button", { name: "before", exact: true }).click();
  await expect(memory).toContainText("humanv16");
});

test("the time line is narrowed to what was done, a block, a tool or words, and the address keeps it", async ({
  page,
  api,
}) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  const human = ada.blocks.find((block) => block.label === "human")!.id;
  await bench.open(ada);
  const shows = async (query: string) => {
    const steps = await stepsOf(api, ada.id, query);
    expect(steps.length).toBeGreaterThan(0);
    await expect(bench.timeline).toHaveAttribute("aria-valuemax", String(steps.length));
    await expect(
      page.getByText(`${steps.length} ${steps.length === 1 ? "step" : "steps"}`, { exact: true }),
    ).toBeVisible();
  };
  await page.getByRole("button", { name: "error", exact: true }).click();
  await shows("did=error");
  await page.getByRole("button", { name: "compaction", exact: true }).click();
  await shows("did=error&did=compaction");
  await page.getByRole("button", { name: "All steps" }).click();
  await page.getByRole("combobox", { name: "Only steps that called" }).selectOption("memory_rethink");
  await shows("tool=memory_rethink");
  await page.getByRole("combobox", { name: "Only steps that called" }).selectOption("");
  await page.getByRole("combobox", { name: "Only steps that wrote" }).selectOption("human");
  await page.getByRole("searchbox", { name: "Search the time line" }).fill("allergy");
  await shows(`block_id=${human}&search=allergy`);
  await page.reload();
  await shows(`block_id=${human}&search=allergy`);
  await bench.timeline.press("Home");
  const [first] = (await stepsOf(api, ada.id, `block_id=${human}&search=allergy`)).toReversed();
  await expect(bench.past).toHaveText(new RegExp(`As of step ${first!.number}\\b`));
  await page.getByRole("searchbox", { name: "Search the time line" }).fill("nobody said this");
  await expect(page.getByText("No step passes this filter.")).toBeVisible();
  await expect(bench.past).toHaveText(new RegExp(`As of step ${first!.number}\\b`));
});

test("each conversation has a lane, and a lane can be shown alone", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  model.push({ text: "One." }, { text: "Two." }, { text: "Three." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Here" });
  const other = await api.send<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, { summary: "Aside" });
  for (const input of ["There", "There again"])
    await api.send("POST", `/v1/conversations/${other.id}/messages`, { input, streaming: false });
  await bench.open(agent);
  const lanes = page.getByRole("list", { name: "Lanes" });
  await expect(lanes.getByRole("button")).toHaveText(["Aside", "Default conversation"]);
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "3");
  await lanes.getByRole("button", { name: "Aside" }).click();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "2");
});

test("a long past is loaded as it comes into sight, with the numbers that the server gives", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  const steps = (await stepsOf(api, ada.id, "")).toReversed();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/timeline?")) asked.push(new URL(request.url()).search);
  });
  await bench.open(ada);
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", String(steps.length));
  expect(steps.length).toBeGreaterThan(100);
  for (const search of asked) expect(search).toMatch(/last_steps=100|from_step=\d+&to_step=\d+/);
  await page.goto(`/agents/${ada.id}?step=${steps[1]!.id}`);
  await expect(bench.past).toHaveText(/As of step 2\b/);
  await bench.timeline.press("ArrowLeft");
  await expect(bench.past).toHaveText(/As of step 1\b/);
});

test("two steps are compared part by part, each change with its cause, and the cause leads to its step", async ({
  page,
  api,
}) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Compare with" }).click();
  await page.getByRole("menuitem", { name: /the first step/ }).click();
  const compare = page.getByRole("region", { name: "Compare two steps" });
  await expect(compare.getByRole("heading", { name: "human" })).toBeVisible();
  await expect(compare.locator("ins").first()).toBeVisible();
  await expect(compare.getByText("by the agent").first()).toBeVisible();
  await expect(page).toHaveURL(/with=step-/);
  const parts = compare.getByRole("region").filter({ has: page.getByRole("heading", { level: 3 }) });
  await expect(parts.getByRole("heading", { level: 3 })).toHaveText([
    "Memory",
    "Prompt",
    "Settings",
    "Tools",
    "Messages",
  ]);
  const before = page.url();
  await compare.getByRole("button", { name: "go to the step" }).first().click();
  await expect(page).not.toHaveURL(before);
  await expect(bench.past).toBeVisible();
});

test("a comparison counts what the later step itself wrote, and folds what is equal", async ({ page, api }) => {
  const bench = new Workbench(page);
  const ada = await api.ada();
  const [harm] = await stepsOf(api, ada.id, "tool=memory_rethink");
  const before = (await stepsOf(api, ada.id, `before=${harm!.seq}`))[0]!;
  await bench.open(ada, `?step=${harm!.id}&with=${before.id}`);
  const compare = page.getByRole("region", { name: "Compare two steps" });
  const memory = compare.getByRole("region", { name: "Memory" });
  await expect(memory.getByText("v16 → v17")).toBeVisible();
  await expect(memory.locator("del").filter({ hasText: "ALLERGY: nuts, walnuts above all." })).toBeVisible();
  await page.keyboard.press("n");
  await expect(compare.getByText(/^Change 1 of /)).toBeVisible();
  await expect(memory.getByText("persona")).toHaveCount(0);
  await memory.getByRole("button", { name: /^Show .* of Memory that stayed the same$/ }).click();
  await expect(memory.getByText("persona")).toBeVisible();
});

test("a step keeps the request that its provider was sent, and the response", async ({ page, api }) => {
  const bench = new Workbench(page);
  await bench.open(await api.ada());
  await expect(bench.timeline).toBeVisible();
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Request" }).click();
  const dialog = page.getByRole("dialog", { name: "Request and response" });
  await expect(dialog.getByRole("region", { name: "Request" })).toContainText('"messages"');
  await expect(dialog.getByRole("region", { name: "Response" })).toBeVisible();
});

test("a fork from a step is a conversation with exactly what was in context", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  model.push({ text: "The first answer." }, { text: "The second answer." });
  await bench.open(await api.makeAgent());
  await bench.say("One.");
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "1");
  await bench.say("Two.");
  await expect(bench.log.getByText("The second answer.")).toBeVisible();
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "2");
  await bench.timeline.press("Home");
  await page.getByRole("button", { name: "Fork from here" }).click();
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await expect(page).toHaveURL(/conversation=conv-/);
  await expect(bench.message).toBeVisible();
  await expect(bench.log.getByText("The first answer.")).toBeVisible();
  await expect(bench.log.getByText("The second answer.")).toHaveCount(0);
});

test("a step that runs now appears on the time line by itself", async ({ page, api, model }) => {
  const bench = new Workbench(page);
  const agent = await api.makeAgent();
  await bench.open(agent);
  await expect(page.getByText("No steps yet.", { exact: false })).toBeVisible();
  model.push({ text: "Sent from elsewhere." });
  await api.send("POST", `/v1/agents/${agent.id}/messages`, { input: "Hello" });
  await expect(bench.timeline).toHaveAttribute("aria-valuemax", "1");
  await expect(bench.log.getByText("Sent from elsewhere.")).toBeVisible();
});
