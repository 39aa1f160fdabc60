import { readConfig } from "../config/env";
import { configureLog } from "../core/log";
import { createApp } from "../http/app";
import { isEmpty, seedPast } from "../seed/seed";
import { createCore } from "./create-core";

/** Opens the core for a host that runs Next alone: the routes of `app/v1` find it on `globalThis`. */
export async function openForNext(): Promise<void> {
  const config = readConfig();
  configureLog(config.log, config.secrets);
  const core = await createCore({ config });
  const app = createApp(core);
  globalThis.__memoir = { core, fetch: (request) => app.fetch(request) };
  if (config.seed && (await isEmpty(core))) await seedPast(core);
}
