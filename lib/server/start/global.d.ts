import type { Core } from "../core/core";
import type { Gate } from "../http/gate";
import type { Entrance } from "./entrance";

declare global {
  /** The one core of this process. Modules are not shared between Next's bundles, `globalThis` is. */
  var __memoir:
    | {
        core: Core;
        fetch: (request: Request) => Response | Promise<Response>;
        admitsPage: Gate["admitsPage"];
        permissionsOf: Gate["permissionsOf"];
        entrance: () => Promise<Entrance>;
      }
    | undefined;
}
