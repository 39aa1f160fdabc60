// Gives the vault a new key and seals every secret anew with it (see lib/server/start/rotate-key.ts).
import { spawnSync } from "node:child_process";
import { build, prepare, ROOT } from "./setup.mjs";

prepare();
build();
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "dist/server.mjs", "--rotate-key"], {
  cwd: ROOT,
  stdio: "inherit",
});
process.exit(status ?? 1);
