"use client";
import { ChevronDown, ChevronRight } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { Proposal } from "@/lib/client/api/wire";
import { Ago } from "../shell/bits";
import { Badge, type Tone } from "../ui/badge";
import { Button } from "../ui/button";
import { ProposalDetail } from "./proposal-detail";

const STATES: Record<Proposal["status"], { words: string; tone: Tone }> = {
  pending: { words: "waits", tone: "memory" },
  accepted: { words: "accepted", tone: "files" },
  changed: { words: "accepted in other words", tone: "files" },
  refused: { words: "refused", tone: "error" },
  expired: { words: "expired", tone: "neutral" },
};

/** A held write: who wants to write what, since when; unfolded, what it would change, and the decision. */
export function ProposalRow({ proposal }: { proposal: Proposal }) {
  const [open, setOpen] = useState(false);
  const { words, tone } = STATES[proposal.status];
  const title = `${proposal.agent_name}: ${proposal.operation} on ${proposal.label}`;
  return (
    <li className="border-line border-b py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button
          tone="ghost"
          size="icon-sm"
          aria-expanded={open}
          aria-label={`${open ? "Hide" : "Show"} ${title}`}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown /> : <ChevronRight />}
        </Button>
        <p className="min-w-0 flex-1 basis-48 break-words">
          <span className="font-medium text-memory">{proposal.label}</span>{" "}
          <span className="text-muted">
            {proposal.kind === "detach" ? "is to be given up" : "is to be changed"} by{" "}
            <span className="font-mono text-sm">{proposal.operation}</span> of{" "}
          </span>
          <Link href={placeOf(proposal)} className="underline-offset-2 hover:underline">
            {proposal.agent_name || "an agent"}
          </Link>
        </p>
        <span className="flex flex-wrap items-center gap-2 text-muted text-sm">
          <Ago at={proposal.created_at} />
          {proposal.status === "pending" && proposal.expires_at && (
            <span>
              void <Ago at={proposal.expires_at} />
            </span>
          )}
          <Badge tone={tone}>{words}</Badge>
        </span>
      </div>
      {open && <ProposalDetail proposal={proposal} />}
    </li>
  );
}

/** The step in which it was proposed; the agent, where a person had the tool run by itself. */
function placeOf({ agent_id, step_id, conversation_id }: Proposal): string {
  const params = new URLSearchParams();
  if (conversation_id) params.set("conversation", conversation_id);
  if (step_id) params.set("step", step_id);
  return `/agents/${agent_id}${params.size > 0 ? `?${params}` : ""}`;
}
