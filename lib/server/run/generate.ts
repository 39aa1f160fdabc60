import type { GenerateBody } from "@/lib/api/model-requests";
import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import { emptyUsage } from "@/lib/engine/state";
import type { Message } from "@/lib/stream/message";
import { itemToWire } from "@/lib/stream/wire";
import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { storableJson } from "../db/json";
import { packEvents, requestHash } from "../records/cassette";
import { settingsInForce } from "./settings";

/**
 * Asks an agent's model directly: it is shown the prompt and nothing of the agent. No message is kept; that the model was
 * asked is, with its answer, as every call of a model.
 *
 * @throws ApiError `not-found` for the agent or the model; 400 for what can't be put to it, 502 with what the
 * provider said where it fails.
 */
export async function generate(ctx: Ctx, agentId: string, body: GenerateBody, signal: AbortSignal) {
  const config = await readConfig(ctx, agentId);
  if (body.override_model) await ctx.models.info(ctx, body.override_model);
  const model = await ctx.models.model(ctx, body.override_model ?? config.model);
  const request = toRequest(ctx, settingsInForce(config, model), body);
  const startedAt = ctx.now().toISOString();
  const began = ctx.monotonic();
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) events.push(event);
  await keepCall(ctx, agentId, { model, request, events, startedAt, durationMs: ctx.monotonic() - began });

  const failed = events.find((event) => event.type === "error");
  if (failed) {
    const { kind, message, detail, status } = failed.error;
    const wasNeverSent = kind === "llm_bad_request" && status === null;
    throw new ApiError("model", message, { status: wasNeverSent ? 400 : 502, error: { type: kind, message, detail } });
  }
  const content = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { content, model: model.handle, usage: usageOf(events) };
}

async function readConfig(ctx: Ctx, agentId: string): Promise<AgentConfig> {
  const row = await ctx.db.prisma.agent.findFirst({
    where: { id: agentId, organizationId: ctx.actor.organizationId },
    select: { version: { select: { config: true } } },
  });
  if (!row) throw notFound("agent", agentId);
  return row.version.config as AgentConfig;
}

function toRequest(ctx: Ctx, settings: Record<string, unknown>, body: GenerateBody): ModelRequest {
  const schema = body.response_schema;
  const message: Message = {
    id: newId("message"),
    role: "user",
    parts: [{ type: "text", text: body.prompt }],
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: ctx.now().toISOString(),
  };
  return {
    system: body.system_prompt ?? "",
    messages: [message],
    tools: [],
    toolChoice: "none",
    parallelToolCalls: false,
    settings: {
      ...settings,
      response_schema: null,
      response_format: schema ? { type: "json_schema", json_schema: { name: "response", schema } } : null,
    },
  };
}

type Call = { model: Model; request: ModelRequest; events: ModelEvent[]; startedAt: string; durationMs: number };

/** Keeps what a model answered that belongs to no step. */
export async function keepCall(ctx: Ctx, agentId: string, call: Call): Promise<void> {
  const { model, request, events, startedAt, durationMs } = call;
  const finish = events.find((event) => event.type === "finish");
  const failed = events.find((event) => event.type === "error");
  await ctx.db.query(KEEP_CALL, [
    storableJson({
      id: newId("cassette"),
      handle: model.handle,
      request_hash: requestHash(model.handle, request),
      response: packEvents(events),
      usage: finish?.usage ?? null,
      error: failed?.error ?? null,
      started_at: startedAt,
      duration_ms: durationMs,
    }),
    ctx.actor.organizationId,
    agentId,
  ]);
}

const KEEP_CALL = `
INSERT INTO model_call (id, organization_id, agent_id, kind, handle, request_hash, response, usage, error, attempts,
    started_at, duration_ms)
SELECT k.id, $2, $3, 'generate', k.handle, k.request_hash, k.response, nullif(k.usage, 'null'::jsonb),
    nullif(k.error, 'null'::jsonb), 1, k.started_at, k.duration_ms
  FROM jsonb_to_record($1::jsonb) AS k(id text, handle text, request_hash text, response jsonb, usage jsonb, error jsonb,
    started_at timestamptz, duration_ms float)`;

function usageOf(events: readonly ModelEvent[]) {
  const said = events.find((event) => event.type === "finish")?.usage;
  const { input = 0, output = 0, cachedInput = null, cacheWrite = null, reasoning = null } = said ?? {};
  const usage = itemToWire({
    ...emptyUsage(),
    type: "usage",
    promptTokens: input,
    completionTokens: output,
    totalTokens: input + output,
    stepCount: 1,
    cachedInputTokens: cachedInput,
    cacheWriteTokens: cacheWrite,
    reasoningTokens: reasoning,
  });
  return usage as Extract<typeof usage, { message_type: "usage_statistics" }>;
}
