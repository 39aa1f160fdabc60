import type { Model } from "@/lib/engine/model";
import type { Loaded } from "./load";

/** How long a context may be, in tokens, and who says so. */
export type Window = { tokens: number; source: "agent" | NonNullable<Model["windowSource"]> };

/** The agent's own limit, but no more than its provider is known to take; without one, what is known of the model. */
export function windowOf(loaded: Pick<Loaded, "contextWindowLimit" | "config">, model: Model): Window {
  const { contextWindow: most, windowSource: source = "guess" } = model;
  const own = loaded.contextWindowLimit ?? loaded.config.llm.contextWindow;
  if (own === null || (source === "provider" && own > most)) return { tokens: most, source };
  return { tokens: own, source: "agent" };
}
