import "../scripts/vitest-node20.ts";
import path from "node:path";
import { defineConfig } from "vitest/config";

/** Tests that drive the built server from outside: one file at a time, each with a server of its own. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, ".."),
  resolve: { alias: { "@": path.resolve(import.meta.dirname, "..") } },
  test: {
    include: ["e2e/api/**/*.test.ts", "e2e/crash/**/*.test.ts", "e2e/attacks/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
