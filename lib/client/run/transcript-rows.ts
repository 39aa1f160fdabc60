import {
  type ApprovalDecision,
  type CompactionStats,
  type ImagePart,
  type Message,
  type Part,
  type ReasoningPart,
  requestIdOf,
  type ToolCall,
  type ToolReturn,
} from "@/lib/stream/message";

type Head = {
  /** Stays the same from the first fragment of a stream to the stored message. */
  key: string;
  messageId: string;
  stepId: string | null;
  runId: string | null;
  at: string;
};

/** One line of the transcript: a part of a message, with what belongs to it. */
export type Row = Head &
  (
    | { type: "user" | "system" | "assistant"; text: string; images: readonly ImagePart[]; name: string | null }
    | { type: "alert"; title: string; text: string }
    | { type: "reasoning"; text: string; source: ReasoningPart["source"] }
    | { type: "hidden-reasoning"; state: "redacted" | "omitted" }
    | { type: "tool"; call: ToolCall; result: ToolReturn | null; approval: Approval | null }
    | { type: "summary"; text: string; stats: CompactionStats | null }
  );

/** What is asked of, or was said by, a person about a call. */
export type Approval = { decision: Extract<ApprovalDecision, { type: "approval" }> | null };

/** Where the returns and decisions for calls are, by call id. */
export type Answers = {
  returns: ReadonlyMap<string, ToolReturn>;
  decisions: ReadonlyMap<string, ApprovalDecision>;
};

export function answersOf(messages: readonly Message[]): Answers {
  const returns = new Map<string, ToolReturn>();
  const decisions = new Map<string, ApprovalDecision>();
  for (const part of messages.flatMap((message) => message.parts)) {
    if (part.type === "tool_return") returns.set(part.toolCallId, part);
    if (part.type !== "approval") continue;
    decisions.set(part.decision.toolCallId, part.decision);
    if (part.decision.type === "tool") returns.set(part.decision.toolCallId, { ...part.decision, name: null });
  }
  return { returns, decisions };
}

/** The lines of some messages. Returns and decisions make none: they stand with their call. */
export function rowsOf(messages: readonly Message[], answers: Answers = answersOf(messages)): Row[] {
  return messages.flatMap((message) => {
    if (message.role === "user") return userRow(message);
    return message.parts.flatMap((part, index) => partRow(message, part, index, answers) ?? []);
  });
}

function headOf(message: Message, key: string | number): Head {
  const { id, stepId, runId, createdAt } = message;
  return { key: `${id}:${key}`, messageId: id, stepId, runId, at: createdAt };
}

function userRow(message: Message): Row[] {
  const text = message.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  const head = { ...headOf(message, 0), key: message.otid ?? `${message.id}:0` };
  const alert = readAlert(text);
  if (alert) return [{ ...head, type: "alert", ...alert }];
  const images = message.parts.filter((part) => part.type === "image");
  return [{ ...head, type: "user", text, images, name: message.name }];
}

const ALERTS: Record<string, string> = {
  heartbeat: "Heartbeat",
  login: "Login",
  system_alert: "System alert",
};

/** Messages that the server itself puts in for the agent, as packed JSON. */
function readAlert(text: string): { title: string; text: string } | null {
  if (!text.startsWith('{"type":')) return null;
  try {
    const { type, reason, message, last_login: login } = JSON.parse(text) as Record<string, string | undefined>;
    const title = ALERTS[type ?? ""];
    return title ? { title, text: reason ?? message ?? login ?? "" } : null;
  } catch {
    return null;
  }
}

function partRow(message: Message, part: Part, index: number, answers: Answers): Row | null {
  const head = headOf(message, part.type === "tool_call" ? part.id : index);
  switch (part.type) {
    case "text":
      return {
        ...head,
        type: message.role === "system" ? "system" : "assistant",
        text: part.text,
        images: [],
        name: message.name,
      };
    case "image":
      return { ...head, type: "assistant", text: "", images: [part], name: message.name };
    case "reasoning":
      return { ...head, type: "reasoning", text: part.reasoning, source: part.source };
    case "hidden_reasoning":
      return { ...head, type: "hidden-reasoning", state: part.state };
    case "tool_call":
      return {
        ...head,
        type: "tool",
        call: part,
        result: answers.returns.get(part.id) ?? null,
        approval: message.role === "approval" ? approvalOf(part.id, answers) : null,
      };
    case "summary":
      return { ...head, type: "summary", text: part.summary, stats: part.stats };
    case "tool_return":
    case "approval":
      return null;
  }
}

function approvalOf(callId: string, answers: Answers): Approval {
  const decision = answers.decisions.get(callId);
  return { decision: decision?.type === "approval" ? decision : null };
}

/** The calls that wait for a person: those of the last approval request, if nothing has answered it. */
export function pendingApprovals(rows: readonly Row[]): Extract<Row, { type: "tool" }>[] {
  return rows.filter(
    (row): row is Extract<Row, { type: "tool" }> =>
      row.type === "tool" && row.approval !== null && row.approval.decision === null && row.result === null,
  );
}

/**
 * The stored messages with those of a live run after them. A message that is stored is shown as stored, once; so are the
 * words before a request for approval, which are kept as part of it.
 */
export function joinLive(stored: readonly Message[], live: readonly Message[]): Message[] {
  if (live.length === 0) return [...stored];
  const known = new Set(stored.map((message) => message.id));
  return [...stored, ...live.filter(({ id }) => !known.has(id) && !known.has(requestIdOf(id)))];
}
