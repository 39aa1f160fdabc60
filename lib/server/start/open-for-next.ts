import { readConfig } from "../config/env";
import { configureLog } from "../core/log";
import { createApp } from "../http/app";
import { createGate } from "../http/gate";
import { isEmpty, seedPast } from "../seed/seed";
import { createCore } from "./create-core";
import { entranceOf, tellFirstAccount } from "./entrance";

/** Opens the core for a host that runs Next alone: the routes of `app/v1` find it on `globalThis`. */
export async function openForNext(): Promise<void> {
  const config = readConfig();
  configureLog(config.log, config.secrets);
  const core = await createCore({ config });
  const gate = createGate(core);
  const app = createApp(core, gate);
  globalThis.__memoir = {
    core,
    fetch: (request) => app.fetch(request),
    admitsPage: gate.admitsPage,
    permissionsOf: gate.permissionsOf,
    entrance: () => entranceOf(core),
  };
  await tellFirstAccount(core);
  if (config.seed && (await isEmpty(core))) await seedPast(core);
}
