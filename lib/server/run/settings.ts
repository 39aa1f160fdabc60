import type { Model } from "@/lib/engine/model";
import type { Run } from "@/lib/engine/state";
import type { AgentConfig } from "../agent-config/agent-config";
import { effectiveModelSettings, thinksInKwargs, withStrictness } from "../agent-config/model-settings";
import { takenSettings } from "../models/takes/thinking";

type Settings = Record<string, unknown>;
type Speaker = Pick<Model, "handle" | "provider" | "name" | "maxTokens">;

/**
 * The settings that a model is sent, which are those that the agent shows: a conversation's own in the place of the
 * agent's, and what a request alone asks for over them. Another model than the agent's own takes what it knows of them.
 */
export function settingsInForce(
  config: AgentConfig,
  model: Speaker,
  { own, request }: { own?: Settings | null; request?: Settings | undefined } = {},
): Settings {
  const of = { name: model.name, providerType: model.provider };
  const isOwnModel = own != null || model.handle === config.model;
  const { provider_type: type, ...given } = own ?? config.modelSettings ?? {};
  const modelSettings =
    own || config.modelSettings ? { ...given, ...(isOwnModel && type ? { provider_type: type } : {}) } : null;
  const llm = own ? {} : config.llm;
  const settings = effectiveModelSettings(
    { ...of, maxTokens: model.maxTokens ?? null },
    { model: model.handle, modelSettings, llm },
  );
  if (!request) return settings;
  const strict = request.strict ?? given.strict;
  return withStrictness(takenSettings({ ...settings, ...request }, of), strict === true);
}

/** How an agent speaks to a model with these settings. */
export function waysOf(
  config: AgentConfig,
  model: Pick<Model, "name" | "provider">,
  settings: Settings,
): Pick<Run, "parallelToolCalls" | "innerThoughtsInKwargs"> {
  return {
    parallelToolCalls: settings.parallel_tool_calls === true,
    innerThoughtsInKwargs: thinksInKwargs(config, { name: model.name, providerType: model.provider }, settings),
  };
}
