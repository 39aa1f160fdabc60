/** What `serve.ts` serves with: loaded together, after its settings were found to be good. */
export { getRequestListener } from "@hono/node-server";
export { createApp } from "../http/app";
export { createGate } from "../http/gate";
export { isEmpty, seedPast } from "../seed/seed";
export { createCore } from "./create-core";
export { entranceOf, tellFirstAccount } from "./entrance";
