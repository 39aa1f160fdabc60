import type { SendMessages } from "@/lib/api/messages";
import { contextForStep } from "@/lib/engine/context";
import { initialState } from "@/lib/engine/state";
import { allowedTools } from "@/lib/engine/tool-rules";
import type { Ctx } from "../core/core";
import { loadConversation, type Target } from "../run/load";
import { toRunRequest } from "../run/send-messages";
import { previewRun } from "../run/start";
import { promptNow } from "./context";

/**
 * The body that a model's provider would be sent for a request, in the provider's own words. Reads only: nothing is sent
 * or kept, and calls that the request answers are not run.
 *
 * @throws ApiError as sending the messages would, before the model is asked.
 */
export async function previewPayload(ctx: Ctx, target: Target, body: SendMessages): Promise<Record<string, unknown>> {
  const loaded = await loadConversation(ctx, target);
  const request = toRunRequest(target, body, { streaming: body.streaming, runType: "preview" });
  const run = await previewRun(ctx, loaded, await promptNow(ctx, loaded), request);
  const names = run.tools.map((tool) => tool.name);
  const shown = contextForStep(run, initialState(run), allowedTools(run.rules, names, []));
  return ctx.models.payload(ctx, run.model.handle, shown.request);
}
