import { parseArguments } from "@/lib/engine/call-tools";
import type { MemoryWrite } from "@/lib/engine/memory";
import type { ModelAttempt, TokenUsage } from "@/lib/engine/model";
import type { RunEnd } from "@/lib/engine/ports";
import { inputMessages, outputMessages } from "./content";
import type { Attributes, ObservedRun } from "./telemetry";

/** Names of providers in the semantic conventions for generative AI, where they differ from the contract's. */
const PROVIDERS: Record<string, string> = {
  google_ai: "gcp.gemini",
  google_vertex: "gcp.vertex_ai",
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  mistral: "mistral_ai",
  xai: "x_ai",
};
const providerName = (provider: string) => PROVIDERS[provider] ?? provider;

export function runAttributes(run: ObservedRun): Attributes {
  return {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": providerName(run.provider),
    "gen_ai.agent.id": run.agentId,
    "gen_ai.agent.name": run.agentName,
    "gen_ai.conversation.id": run.conversationId,
    "gen_ai.request.model": run.model,
    "memoir.run.id": run.id,
  };
}

export function endAttributes({ stopReason, usage }: RunEnd): Attributes {
  return {
    "gen_ai.usage.input_tokens": usage.promptTokens,
    "gen_ai.usage.output_tokens": usage.completionTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedInputTokens ?? undefined,
    "gen_ai.usage.cache_creation.input_tokens": usage.cacheWriteTokens ?? undefined,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoningTokens ?? undefined,
    "memoir.stop_reason": stopReason,
    "memoir.steps": usage.stepCount,
  };
}

export type Asked = {
  run: ObservedRun;
  stepId: string | null;
  provider: string;
  model: string;
  attempt: Pick<ModelAttempt, "request" | "events" | "usage">;
  /** To the first event of the answer. */
  ttftMs: number | null;
  captureContent: boolean;
};

export function chatAttributes(asked: Asked): Attributes {
  const { request, events, usage } = asked.attempt;
  const { settings } = request;
  const finish = events.find((event) => event.type === "finish");
  const format = settings.response_format as { type?: string } | null | undefined;
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": providerName(asked.provider),
    "gen_ai.request.model": asked.model,
    "gen_ai.request.stream": true,
    "gen_ai.request.temperature": numberOf(settings.temperature),
    "gen_ai.request.top_p": numberOf(settings.top_p),
    "gen_ai.request.max_tokens": numberOf(settings.max_output_tokens),
    "gen_ai.output.type": format?.type?.startsWith("json") ? "json" : undefined,
    "gen_ai.conversation.id": asked.run.conversationId,
    "gen_ai.response.id": finish?.response?.id,
    "gen_ai.response.model": finish?.response?.model,
    "server.address": asked.run.address?.host,
    "server.port": asked.run.address?.port,
    "gen_ai.response.finish_reasons": finish ? [finish.reason] : undefined,
    "gen_ai.response.time_to_first_chunk": asked.ttftMs === null ? undefined : asked.ttftMs / 1000,
    ...usageAttributes(usage),
    "memoir.run.id": asked.run.id,
    "memoir.step.id": asked.stepId ?? undefined,
    ...(asked.captureContent
      ? {
          "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: request.system }]),
          "gen_ai.input.messages": JSON.stringify(inputMessages(request.messages)),
          "gen_ai.output.messages": JSON.stringify(outputMessages(events)),
          "gen_ai.tool.definitions": JSON.stringify(request.tools.map((tool) => ({ type: "function", ...tool }))),
        }
      : {}),
  };
}

function usageAttributes(usage: TokenUsage | null): Attributes {
  if (!usage) return {};
  return {
    "gen_ai.usage.input_tokens": usage.input,
    "gen_ai.usage.output_tokens": usage.output,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedInput ?? undefined,
    "gen_ai.usage.cache_creation.input_tokens": usage.cacheWrite ?? undefined,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoning ?? undefined,
  };
}

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** What a write is called, and what is said of it; its store is the block, or the agent's own store of that kind. */
export function memoryOperation(write: MemoryWrite, agentId: string, captureContent: boolean): [string, Attributes] {
  const record = (content: unknown, id?: string) =>
    captureContent ? { "gen_ai.memory.records": JSON.stringify([{ ...(id ? { id } : {}), content }]) } : {};
  switch (write.type) {
    case "block-update":
      return operation("update_memory", "core", write.blockId, {
        ...record(write.changes, write.blockId),
        "gen_ai.memory.record.count": 1,
        "memoir.memory.operation": write.operation,
      });
    case "block-create":
      return operation("create_memory", "core", agentId, {
        ...record(write.value),
        "gen_ai.memory.record.count": 1,
        "memoir.memory.operation": write.operation,
        "memoir.memory.label": write.label,
      });
    case "block-detach":
      return operation("delete_memory", "core", write.blockId, { "memoir.memory.operation": write.operation });
    case "block-propose":
      return operation("propose_memory", "core", write.blockId, {
        ...record(write.changes, write.blockId),
        "memoir.memory.operation": write.operation,
      });
    case "passage-insert":
      return operation("create_memory", "archival", agentId, {
        ...record(write.text),
        "gen_ai.memory.record.count": 1,
      });
    case "file-write":
      return operation(write.hash === null ? "delete_memory" : "update_memory", "workspace", agentId, {
        "gen_ai.memory.record.count": 1,
        "memoir.memory.operation": write.operation,
        ...(captureContent ? { "memoir.memory.path": write.path } : {}),
      });
    case "passage-search":
      return operation("search_memory", "archival", agentId, {
        "gen_ai.memory.record.count": write.search.candidates.filter((one) => one.returned).length,
        "memoir.memory.mode": write.search.mode,
        ...(captureContent ? { "gen_ai.memory.query.text": write.search.query } : {}),
      });
  }
}

/** A search of what was said before leaves no write. */
export function recallSearch(agentId: string, args: string | undefined, captureContent: boolean): [string, Attributes] {
  return operation("search_memory", "recall", agentId, {
    ...(captureContent ? { "gen_ai.memory.query.text": queryIn(args) } : {}),
  });
}

/** What was looked for, of a call's arguments. */
function queryIn(args: string | undefined): string | undefined {
  const { query, convo_keyword_queries: words } = parseArguments(args ?? "") ?? {};
  if (typeof query === "string") return query;
  return Array.isArray(words) ? words.filter((one) => typeof one === "string").join(" ") : undefined;
}

function operation(name: string, kind: string, store: string, attributes: Attributes): [string, Attributes] {
  const own = { "gen_ai.operation.name": name, "gen_ai.memory.store.id": store, "memoir.memory.kind": kind };
  return [name, { ...own, ...attributes }];
}
