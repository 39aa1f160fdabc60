import type { StateAt } from "../api/wire";

/** What of a fork can be another than it was. */
export type ForkDraft = { system: string; model: string; message: string; blocks: Readonly<Record<string, string>> };

/** As it was as of a step. The message is the last that somebody said in context; empty where nobody had. */
export function forkDraftOf(state: Pick<StateAt, "agent_version" | "blocks" | "messages_in_context">): ForkDraft {
  const { system, model } = state.agent_version.config as { system?: string; model?: string };
  const said = state.messages_in_context.filter((message) => message.message_type === "user_message");
  return {
    system: system ?? "",
    model: model ?? "",
    message: textOf((said.at(-1) as { content?: unknown } | undefined)?.content),
    blocks: Object.fromEntries(state.blocks.map(({ label, value }) => [label, value])),
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("\n");
}

/** What differs; the message always, since the fork is run on it. */
export function changesOf(was: ForkDraft, now: ForkDraft) {
  const blocks = Object.entries(now.blocks).filter(([label, value]) => was.blocks[label] !== value);
  return {
    message: now.message,
    ...(now.system !== was.system ? { system: now.system } : {}),
    ...(now.model !== was.model ? { model: now.model } : {}),
    ...(blocks.length > 0 ? { blocks: Object.fromEntries(blocks) } : {}),
  };
}
