"use client";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { parseSse } from "@/lib/stream/sse";
import { fetchOrFail } from "../api/api";
import { ApiError } from "../api/api-error";
import { queryKeys } from "../api/query-keys";
import { reload } from "../api/reload";
import { asCallEvent } from "./running-calls";
import { tellRunningCalls } from "./running-calls-query";
import { loadNewer } from "./use-transcript";

/** Something that the server says has happened. It is a hint to look, not the thing itself. */
type LedgerEvent = {
  type:
    | "run"
    | "step"
    | "memory"
    | "agent"
    | "compaction"
    | "passage"
    | "file"
    | "workspace"
    | "tool-call"
    | "tool-output";
  agent_id: string | null;
  conversation_id?: string | null;
  id: string;
  status?: string;
  detail?: { folder_id?: unknown } | null;
  /** By this browser's clock, in milliseconds of the epoch. */
  heardAt: number;
};

const BATCH_MS = 150;
const RETRY_MS = 2000;

/** Keeps what is on screen true while the server works: each event makes the queries that it touches load again. */
export function useEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const abort = new AbortController();
    const batch = new Batch((events) => refresh(client, events));
    void listen(abort.signal, (event) => batch.add(event), client);
    return () => {
      abort.abort();
      batch.cancel();
    };
  }, [client]);
}

async function listen(signal: AbortSignal, each: (event: LedgerEvent) => void, client: QueryClient): Promise<void> {
  for (let connection = 0; !signal.aborted; connection++) {
    try {
      const response = await fetchOrFail("/v1/events", { signal, headers: { accept: "text/event-stream" } });
      if (!response.ok || !response.body) throw new ApiError(response.status, "No events.");
      if (connection > 0) void client.invalidateQueries();
      for await (const { data } of parseSse(response.body)) {
        const event = readEvent(data);
        if (event) each(event);
      }
    } catch {
      // Without events the page still works: it loads again when it is looked at.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function readEvent(data: string): LedgerEvent | null {
  try {
    const event: unknown = JSON.parse(data);
    return typeof event === "object" && event !== null && "type" in event && "id" in event
      ? ({ ...event, heardAt: Date.now() } as LedgerEvent)
      : null;
  } catch {
    return null;
  }
}

class Batch {
  #events: LedgerEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #flush: (events: LedgerEvent[]) => void;

  constructor(flush: (events: LedgerEvent[]) => void) {
    this.#flush = flush;
  }

  add(event: LedgerEvent): void {
    this.#events.push(event);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush(this.#events.splice(0));
    }, BATCH_MS);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

function refresh(client: QueryClient, events: readonly LedgerEvent[]): void {
  const stale = new Map<string, readonly unknown[]>();
  for (const key of events.flatMap(keysOf)) stale.set(JSON.stringify(key), key);
  for (const queryKey of stale.values()) void reload(client, queryKey);
  tellRunningCalls(
    client,
    events.flatMap((event) => asCallEvent(event) ?? []),
  );

  const talking = new Set(events.filter((event) => MESSAGE_EVENTS.has(event.type)).map((event) => event.agent_id));
  for (const query of client.getQueryCache().findAll({ queryKey: ["transcript"], type: "active" })) {
    const [, agentId, conversationId] = query.queryKey as [string, string, string];
    if (talking.has(agentId)) void loadNewer(client, agentId, conversationId).catch(() => {});
  }
}

const MESSAGE_EVENTS: ReadonlySet<string> = new Set(["run", "step", "compaction"]);

function keysOf(event: LedgerEvent): (readonly unknown[])[] {
  const { agent_id: agent, type, id } = event;
  if (type === "file") return keysOfFile(event);
  if (type === "tool-call" || type === "tool-output") return [];
  if (agent === null)
    return type === "memory"
      ? [["agent"], ["context"], queryKeys.block(id), queryKeys.proposals()]
      : [queryKeys.agents()];
  const timeline = queryKeys.timeline(agent);
  switch (type) {
    case "run":
      return [queryKeys.runs(), queryKeys.agent(agent), queryKeys.agents(), timeline, queryKeys.context(agent)];
    case "step":
      return [
        timeline,
        queryKeys.steps(agent),
        queryKeys.context(agent),
        queryKeys.runs(),
        queryKeys.agentFiles(agent),
      ];
    case "memory":
      return [["agent"], ["context"], queryKeys.block(id), ["block"], queryKeys.proposals(), timeline];
    case "agent":
      return [
        queryKeys.agent(agent),
        queryKeys.agentName(agent),
        queryKeys.agents(),
        queryKeys.conversations(agent),
        queryKeys.agentFiles(agent),
        queryKeys.context(agent),
        timeline,
      ];
    case "compaction":
      return [timeline, queryKeys.context(agent), queryKeys.agent(agent)];
    case "workspace":
      return [queryKeys.workspace(agent), timeline];
    case "passage":
      // A search is an event too: loading a search again because of it would go round for ever.
      return [queryKeys.passages(agent, ""), timeline, queryKeys.context(agent)];
  }
}

function keysOfFile({ id, detail }: LedgerEvent): (readonly unknown[])[] {
  const folder = typeof detail?.folder_id === "string" ? detail.folder_id : "";
  return [
    queryKeys.folderFiles(folder),
    queryKeys.folderPassages(folder),
    queryKeys.folderSizes(),
    queryKeys.fileText(id),
    queryKeys.agentFiles(),
  ];
}
