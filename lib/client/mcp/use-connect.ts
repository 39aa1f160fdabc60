"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { explainError } from "../api/api-error";
import { queryKeys } from "../api/query-keys";
import { type Connecting, connect } from "./mcp";

/** Connecting to an MCP server: where it stands, and ways to begin and to give up. */
export function useConnect(serverId: string) {
  const client = useQueryClient();
  const [state, setState] = useState<Connecting | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  async function start(): Promise<void> {
    abort.current?.abort();
    const own = new AbortController();
    abort.current = own;
    try {
      for await (const next of connect(serverId, own.signal)) setState((before) => keepUrl(before, next));
    } catch (error) {
      if (own.signal.aborted) return;
      const { title, detail } = explainError(error);
      setState({ phase: "failed", message: `${title}. ${detail}` });
    }
    await Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.mcpServers() }),
      client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
    ]);
  }
  function giveUp(): void {
    abort.current?.abort();
    setState(null);
  }
  return { state, start, giveUp };
}

/** The page that asks the person stays the one to go to. */
function keepUrl(before: Connecting | null, next: Connecting): Connecting {
  return next.phase === "waiting" && next.url === null && before?.phase === "waiting" ? before : next;
}
