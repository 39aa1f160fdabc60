// Style, types and the architecture's rules, in under a minute.
import { bin, installClient, prepare, run } from "./setup.mjs";

prepare();
// Tests are typed by the official client.
for (const client of ["letta-0", "letta-1", "vercel-ai"]) installClient(client);
run(bin("biome"), ["check", "--error-on-warnings", "."]);
run(bin("tsc"), ["--noEmit", "--incremental", "false"]);
run(bin("vitest"), ["run", "lib/house.test.ts"]);
