import type { Core } from "../core/core";

declare global {
  /** The one core of this process. Modules are not shared between Next's bundles, `globalThis` is. */
  var __memoir: { core: Core; fetch: (request: Request) => Response | Promise<Response> } | undefined;
}
