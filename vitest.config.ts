import "./scripts/vitest-node20.ts";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const shared = {
  testTimeout: 180_000,
  hookTimeout: 120_000,
  // Vitest's own second is too little on a machine that has other work.
  expect: { poll: { timeout: 20_000 } },
};

/** Files that put other modules in the place of some (`vi.mock`): what they import is theirs alone. */
const REPLACES_MODULES = ["lib/server/threads/threads.test.ts"];

export default defineConfig({
  resolve: { alias: { "@": import.meta.dirname } },
  test: {
    // Vitest's own choice leaves one core idle: on two cores that is half of them. Many of these tests wait for processes.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: ["lib/{api,client,engine,stream,text}/**/*.test.ts", "components/**/*.test.ts"],
          // No state outlives a test there, so that files can share what they import.
          isolate: false,
          ...shared,
        },
      },
      {
        extends: true,
        test: {
          name: "server",
          include: ["lib/house.test.ts", "lib/server/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: REPLACES_MODULES,
          // Importing the server costs two fifths of the time when each file does it. What lasts in a process (threads,
          // caches, kept connections) is shared in a running server too.
          isolate: false,
          ...shared,
        },
      },
      {
        extends: true,
        test: { name: "apart", include: REPLACES_MODULES, ...shared },
      },
    ],
  },
});
