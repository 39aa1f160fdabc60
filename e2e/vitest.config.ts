import "../scripts/vitest-node20.ts";
import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";

/** Tests that drive the built server from outside: each file with a server of its own, so that files run side by side. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, ".."),
  resolve: { alias: { "@": path.resolve(import.meta.dirname, "..") } },
  test: {
    include: ["e2e/api/**/*.test.ts", "e2e/cluster/**/*.test.ts", "e2e/crash/**/*.test.ts", "e2e/attacks/**/*.test.ts"],
    // Many of them wait for processes and clocks of others.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
