"use client";
import { useQuery } from "@tanstack/react-query";
import { conversationsQuery } from "@/lib/client/agent/agent-queries";
import type { Conversation } from "@/lib/client/api/wire";
import { shortId } from "@/lib/client/screen/format";
import { cn } from "../ui/cn";

type LaneNamesProps = {
  agentId: string;
  lanes: readonly string[];
  /** The one lane that is shown alone. */
  laneOnly: string | null;
  lanePx: number;
  top: number;
  onLane: (conversationId: string | null) => void;
};

/** The conversations beside their lanes: a name shows its lane alone. */
export function LaneNames({ agentId, lanes, laneOnly, lanePx, top, onLane }: LaneNamesProps) {
  const name = useConversationName(agentId);
  return (
    <ul className="hidden w-32 shrink-0 sm:block" aria-label="Lanes" style={{ paddingTop: top }}>
      {lanes.map((id) => (
        <li key={id} style={{ height: lanePx }}>
          <button
            type="button"
            aria-pressed={laneOnly === id}
            title={`Only ${name(id)}`}
            onClick={() => onLane(laneOnly === id ? null : id)}
            className={cn(
              "block w-full truncate px-2 text-left text-muted text-xs leading-4 hover:text-foreground",
              laneOnly === id && "text-foreground",
            )}
          >
            {name(id)}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What conversations are called: one that is not in the list is the default one. */
export function useConversationName(agentId: string): (conversationId: string) => string {
  const list = useQuery(conversationsQuery(agentId));
  return (id) => {
    if (!list.data) return `Conversation ${shortId(id)}`;
    const found: Conversation | undefined = list.data.find((one) => one.id === id);
    if (!found) return "Default conversation";
    return found.summary || found.description || `Conversation ${shortId(id)}`;
  };
}
