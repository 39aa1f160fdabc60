import type { MessageInput } from "@/lib/api/messages";
import type { Tool } from "@/lib/engine/tool";
import type { Item, Usage } from "@/lib/stream/item";
import type { StopReason } from "@/lib/stream/message";
import { DEFAULT_PRESENT } from "../conversations/present";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import type { GroupRow } from "../links/group-links";
import type { LiveRun } from "../run/live";
import { responseOf } from "../run/response";
import type { RunRequest } from "../run/run-request";
import { startRun } from "../run/start";

/** A request to a group, as its agents work it off one after another. */
export type Round = {
  ctx: Ctx;
  group: GroupRow;
  /** The request, as each agent's run takes it over. */
  base: RunRequest;
  /** Ends the round, and the run that is on. */
  signal: AbortSignal;
  /** Of all runs. */
  usage: Usage;
  runIds: string[];
  /** Names of the agents, by id. */
  names: ReadonlyMap<string, string>;
};

/** What came of one agent's turn. */
export type Said = { text: string; stopReason: StopReason; failed: boolean };

/** An agent's turn that has begun. */
export type Turn = { agentId: string; run: LiveRun };

/** Begins an agent's turn. @throws ApiError as `startRun`, and for messages that the agent was given before. */
export async function beginTurn(
  round: Round,
  agentId: string,
  inputs: MessageInput[],
  extraTools: Tool[] = [],
): Promise<Turn> {
  const started = await startRun(round.ctx, {
    ...round.base,
    target: { agentId },
    inputs,
    groupId: round.group.id,
    metadata: { group_id: round.group.id },
    extraTools,
  });
  if (!("run" in started)) throw conflict("CONFLICT: the group was given these messages before");
  round.runIds.push(started.run.id);
  return { agentId, run: started.run };
}

/** The items of a turn, each with its speaker, without what is said of the run itself. */
export async function* takeTurn(round: Round, { agentId, run }: Turn): AsyncGenerator<Item, Said> {
  const stop = () => run.abort();
  round.signal.addEventListener("abort", stop, { once: true });
  if (round.signal.aborted) stop();
  const items: Item[] = [];
  try {
    for await (const item of run.follow(0)) {
      items.push(item);
      if (item.type === "usage") {
        addUsage(round.usage, item);
        round.runIds.push(...(item.runIds ?? []));
      } else if (item.type === "error") yield item;
      else if ("senderId" in item) yield { ...item, senderId: item.senderId ?? agentId };
    }
  } finally {
    round.signal.removeEventListener("abort", stop);
  }
  const ended = items.find((item) => item.type === "stop");
  return {
    text: wordsOf(items),
    stopReason: ended?.stopReason ?? "error",
    failed: items.some((item) => item.type === "error"),
  };
}

/** What the agent said, without its thoughts and calls. */
export function wordsOf(items: readonly Item[]): string {
  return responseOf(items, DEFAULT_PRESENT)
    .messages.flatMap((one) =>
      one.message_type === "assistant_message" && "content" in one && typeof one.content === "string"
        ? [one.content]
        : [],
    )
    .join("\n");
}

/** What one agent of a group said, as the others hear it. */
export function heard(round: Round, speakerId: string, text: string): MessageInput {
  const name = round.names.get(speakerId) ?? speakerId;
  return { type: "message", role: "user", content: `${name}: ${text}`, sender_id: speakerId };
}

function addUsage(total: Usage, more: Usage): void {
  const sum = (a: number | null, b: number | null) => (b === null ? a : (a ?? 0) + b);
  total.completionTokens += more.completionTokens;
  total.promptTokens += more.promptTokens;
  total.totalTokens += more.totalTokens;
  total.stepCount += more.stepCount;
  total.cachedInputTokens = sum(total.cachedInputTokens, more.cachedInputTokens);
  total.cacheWriteTokens = sum(total.cacheWriteTokens, more.cacheWriteTokens);
  total.reasoningTokens = sum(total.reasoningTokens, more.reasoningTokens);
}
