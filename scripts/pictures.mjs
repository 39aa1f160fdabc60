// Makes the README's two pictures of the workbench, and those of docs/memory-debugging.md, from the seeded data:
// `node scripts/pictures.mjs`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "@playwright/test";
import { findBrowser } from "./browser.mjs";
import { build, prepare, ROOT } from "./setup.mjs";

const PORT = "18283";
const URL = `http://127.0.0.1:${PORT}`;

prepare();
build();
const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-pictures-"));
const server = spawn(process.execPath, ["dist/server.mjs"], {
  cwd: ROOT,
  env: { PATH: process.env.PATH, NODE_ENV: "production", PORT, MEMOIR_DATA_DIR: dataDir },
  stdio: ["ignore", "pipe", "inherit"],
});
await new Promise((resolve) =>
  server.stdout.on("data", (chunk) => String(chunk).includes("Memoir is on") && resolve()),
);

const get = async (url) => (await fetch(URL + url)).json();
const [ada] = await get("/v1/agents/?name=Ada");
const steps = await get(`/v1/agents/${ada.id}/timeline?types=step&limit=1000&order=asc`);
const rewrite = steps.find((step) => step.tool_calls.some((call) => call.name === "memory_rethink"));

const browser = await chromium.launch({
  executablePath: findBrowser() || undefined,
  args: ["--no-sandbox", "--disable-gpu"],
});
await take("light", `/agents/${ada.id}`, "workbench-light.png");
await take("dark", `/agents/${ada.id}?step=${rewrite.id}`, "workbench-dark.png");
await tellTheStory();
await browser.close();
server.kill();
rmSync(dataDir, { recursive: true, force: true });

async function take(colorScheme, url, file) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme, deviceScaleFactor: 1 });
  await page.goto(URL + url);
  await page.getByText("Context window").first().waitFor();
  await page.getByText("memory write", { exact: true }).waitFor();
  await loaded(page);
  await page.screenshot({ path: path.join(ROOT, "public", file) });
  await page.close();
}

/** Until nothing of the page is loading any more. */
function loaded(page) {
  return page.waitForFunction(() => !document.querySelector('[role="status"][aria-label^="Loading"]'));
}

/** The lost allergy: the question, the rewrite that did it, and the line put back. */
async function tellTheStory() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
  const shot = (name) => page.screenshot({ path: path.join(ROOT, "docs", "pictures", `${name}.png`) });
  await page.goto(`${URL}/agents/${ada.id}`);
  const question = page.getByRole("textbox", { name: "Why does it know, or not?" });
  await question.fill("Why did it forget the walnut allergy?");
  await question.press("Enter");
  await page.getByText("dropped it").first().waitFor();
  await loaded(page);
  await shot("question");
  await page.getByRole("button", { name: "Open block human" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("tab", { name: /^Versions/ }).click();
  await dialog.getByRole("list", { name: "Versions" }).getByRole("button", { name: /^v17 / }).click();
  const line = dialog.getByRole("button", { name: /^Restore the line “ALLERGY/ });
  await line.scrollIntoViewIfNeeded();
  await shot("rewrite");
  await line.click();
  await dialog.getByText("was put back: version").waitFor();
  await shot("restored");
  await page.close();
}
