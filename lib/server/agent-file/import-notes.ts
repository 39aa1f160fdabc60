/** What could not be had as a file wants it, and what was taken instead. */
export type ImportNote = {
  /** The agent that was made, where it concerns one. */
  agent_id: string | null;
  kind: "model" | "embedding" | "context_window" | "tool" | "mcp_server" | "folder" | "file";
  wanted: string;
  /** Null where there is nothing in its place. */
  used: string | null;
};
