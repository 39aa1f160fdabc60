"use client";
import { conversationsList } from "@/lib/client/agent/agent-queries";
import { usePaged } from "@/lib/client/api/paged";
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

/** What conversations are called, as far as they are loaded: one that is in the list of none is the default one. */
export function useConversationName(agentId: string): (conversationId: string) => string {
  const list = usePaged(conversationsList(agentId));
  return (id) => {
    const found = list.items?.find((one) => one.id === id);
    if (!found) return list.items && !list.hasMore ? "Default conversation" : `Conversation ${shortId(id)}`;
    return found.summary || found.description || `Conversation ${shortId(id)}`;
  };
}
