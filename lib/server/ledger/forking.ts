import type { z } from "@hono/zod-openapi";
import type { forkBody, forkedSchema } from "@/lib/api/ledger";
import type { Cause } from "@/lib/engine/cause";
import type { KeptMessages } from "./fork-messages";
import type { StateAt } from "./state";

export type Fork = z.output<typeof forkBody>;
export type Forked = z.input<typeof forkedSchema>;

/** A fork that is to be made: of which state, with which messages, and why. */
export type Forking = { state: StateAt; fork: Fork; kept: KeptMessages; cause: Cause };
