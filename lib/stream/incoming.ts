import type { ApprovalDecision, Message } from "./message";

/** What a request brings: messages to keep, and the answers to calls that wait. */
export type Incoming = {
  messages: Message[];
  decisions: ApprovalDecision[] | null;
  otids: string[];
  /** How many of the messages, the first ones, are not the request's but tell what happened since the last one. */
  notices?: number;
};
