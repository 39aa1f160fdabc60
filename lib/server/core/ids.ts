import { randomUUID } from "node:crypto";

export type IdPrefix =
  | "agent"
  | "message"
  | "run"
  | "step"
  | "block"
  | "tool"
  | "archive"
  | "passage"
  | "conv"
  | "provider"
  | "agent-env"
  | "version"
  | "compile"
  | "compaction"
  | "event"
  | "erasure"
  | "call"
  | "org"
  | "user"
  | "member"
  | "invitation"
  | "identity"
  | "group"
  | "token"
  | "session"
  | "key"
  | "cassette"
  | "mcp_server"
  | "mcp-oauth"
  | "schedule"
  | "firing"
  | "job"
  | "batch_item"
  | "template"
  | "deployment"
  | "source"
  | "file"
  | "view"
  | "suite"
  | "suite_run"
  | "suite_item";

/** `<prefix>-<uuid4>`, the form of every id on the wire. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}-${randomUUID()}`;
}
