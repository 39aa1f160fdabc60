import type { SuiteCheck } from "@/lib/api/suite-file";
import type { ObservedTurn } from "@/lib/engine/checks/check";

/** What is said next, and what must hold once it is answered. */
export type Said = { user: string; checks: readonly SuiteCheck[] };

/** Who speaks with the agent: says the next thing, given all turns so far; null at the end. */
export type Speaker = (turns: readonly ObservedTurn[], signal: AbortSignal) => Promise<Said | null>;
