import { availableParallelism } from "node:os";
import { defineConfig, devices } from "@playwright/test";

const browser = process.env.MEMOIR_BROWSER;
/** What a browser did can be looked at afterwards; recording it costs an eighth of the time. */
const recorded = process.env.MEMOIR_TRACE === "1";

export default defineConfig({
  testDir: "./ade",
  outputDir: "../test-results/ade",
  fullyParallel: false,
  // Each worker has a server of its own (see fixtures.ts).
  workers: Math.min(2, availableParallelism()),
  retries: 0,
  // Machines that have other work are slow; a test that hangs is still ended.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  globalSetup: "./ade/global-setup.ts",
  reporter: [["list"], ["json"]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1440, height: 900 },
    trace: recorded ? "retain-on-failure" : "off",
    launchOptions: {
      ...(browser ? { executablePath: browser } : {}),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
