/** What `serve.ts` serves with: loaded together, after its settings were found to be good. */
export { getRequestListener } from "@hono/node-server";
export { createCore } from "./create-core";
export { createApp } from "./http/app";
export { isEmpty, seedPast } from "./seed/seed";
