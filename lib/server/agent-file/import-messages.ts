import type { AgentFile, FileAgent, FileMessage } from "@/lib/api/agent-file";
import type { Message } from "@/lib/stream/message";
import type { NewMessage } from "../conversations/first-messages";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import { type CallIndex, fromFileContent, indexCalls, saysTheSame } from "./message-form";

export type MessagePlan = {
  messages: Message[];
  /** Ids of those in context, in order; null is all of them. */
  inContext: string[] | null;
};

/** Ids of a file's agents and groups in this server. */
export type IdMaps = { agents: ReadonlyMap<string, string>; groups: ReadonlyMap<string, string> };

/**
 * What an agent of a file has said and heard, under new ids. The system message that the file begins with is left out:
 * here it is compiled. Of two messages with one `otid` the first keeps it.
 */
export function planMessages(ctx: Ctx, file: AgentFile, agent: FileAgent, maps: IdMaps): MessagePlan {
  const calls = indexCalls(agent.messages);
  const inFull = new Map(file.memoir?.messages.map((one) => [one.id, one]) ?? []);
  const spoken = agent.messages.filter((message) => message !== compiledMessage(agent));
  const otids = new Set<string>();
  const idOf = new Map<string, string>();
  const messages = spoken.map((message): Message => {
    const id = newId("message");
    if (message.id) idOf.set(message.id, id);
    const otid = message.otid && !otids.has(message.otid) ? message.otid : null;
    if (otid) otids.add(otid);
    return toMessage(ctx, {
      ...contentOf(message, message.id ? inFull.get(message.id) : undefined, calls),
      id,
      otid,
      senderId: (message.sender_id && maps.agents.get(message.sender_id)) ?? null,
      groupId: (message.group_id && maps.groups.get(message.group_id)) ?? null,
      model: message.model ?? null,
      createdAt: message.created_at ?? ctx.now().toISOString(),
    });
  });
  const inContext = agent.in_context_message_ids?.flatMap((id) => idOf.get(id) ?? []) ?? null;
  return { messages, inContext };
}

/** A message that is to be stored, complete. */
export function toMessage(ctx: Ctx, message: NewMessage & { id?: string }): Message {
  return {
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    model: null,
    isErr: null,
    createdAt: ctx.now().toISOString(),
    ...message,
    runId: null,
    stepId: null,
    id: message.id ?? newId("message"),
  };
}

/** The system prompt as the other server had compiled it: first in context, or else first of all. */
function compiledMessage(agent: FileAgent): FileMessage | undefined {
  const firstId = agent.in_context_message_ids?.[0];
  const first = firstId ? agent.messages.find((message) => message.id === firstId) : agent.messages[0];
  return first?.role === "system" ? first : undefined;
}

type InFull = { parts: Message["parts"]; is_err: boolean | null };

/** What the file keeps in full counts as long as the contract's form of it has not been edited since. */
function contentOf(message: FileMessage, kept: InFull | undefined, calls: CallIndex) {
  const said = fromFileContent(message, calls);
  if (!kept) return said;
  const full = { ...said, name: message.name ?? null, parts: kept.parts, isErr: kept.is_err };
  return saysTheSame(full, message, calls) ? full : said;
}
