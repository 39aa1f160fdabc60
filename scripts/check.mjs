// Style, types and the architecture's rules, in under a minute.
import { bin, prepare, run } from "./setup.mjs";

prepare();
run(bin("biome"), ["check", "--error-on-warnings", "."]);
run(bin("tsc"), ["--noEmit"]);
run(bin("vitest"), ["run", "lib/house.test.ts"]);
