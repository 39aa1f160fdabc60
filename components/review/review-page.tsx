"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { proposalsList, type ReviewFilter, readReviewFilter, reviewQuery } from "@/lib/client/memory/review-queries";
import { shortId } from "@/lib/client/screen/format";
import { useAddress } from "@/lib/client/screen/use-address";
import { AgentSelect } from "../agent/agent-select";
import { Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { ProposalRow } from "./proposal-row";

/** The inbox of memory writes that wait for a person, and what became of those that were decided. */
export function ReviewPage() {
  const [filter, setFilter] = useReviewAddress();
  const { agentId, blockId, state } = filter;
  const proposals = usePaged(proposalsList(filter));
  const name = useQuery({ ...agentNameQuery(agentId ?? ""), enabled: agentId !== null }).data;
  return (
    <ListPage
      title="Review"
      code={[
        operation("memoryProposals.list", {
          method: "get",
          path: "/v1/memory-proposals",
          query: { limit: 50, ...reviewQuery(filter) },
          named: false,
        }),
      ]}
      action={
        <>
          <AgentSelect
            label="Filter by agent"
            none="All agents"
            value={agentId ? { id: agentId, name: name ?? "An agent" } : null}
            onChange={(agent) => setFilter({ agentId: agent?.id ?? null })}
            className="w-40"
          />
          <Select
            aria-label="Filter by state"
            className="w-auto"
            value={state}
            onChange={(event) => setFilter({ state: event.target.value === "decided" ? "decided" : "waiting" })}
          >
            <option value="waiting">Waiting</option>
            <option value="decided">Decided</option>
          </Select>
        </>
      }
    >
      {blockId && (
        <p className="flex items-center gap-1 text-muted">
          Only to block <span className="font-mono text-sm">{shortId(blockId)}</span>
          <Button tone="ghost" size="icon-sm" aria-label="To all blocks" onClick={() => setFilter({ blockId: null })}>
            <X />
          </Button>
        </p>
      )}
      {proposals.error && <Problem error={proposals.error} onRetry={proposals.refetch} className="mx-0" />}
      {!proposals.items && !proposals.error && <SkeletonRows rows={5} label="Loading what waits" />}
      {proposals.items?.length === 0 && <Nothing state={state} />}
      <ul aria-label={state === "waiting" ? "Waiting" : "Decided"} className="flex flex-col">
        {proposals.items?.map((proposal) => (
          <ProposalRow key={proposal.id} proposal={proposal} />
        ))}
      </ul>
      <ListEnd list={proposals} what="writes" />
    </ListPage>
  );
}

function Nothing({ state }: Pick<ReviewFilter, "state">) {
  if (state === "decided") return <Empty title="Nothing was decided yet">What you accept or refuse stays here.</Empty>;
  return (
    <Empty title="Nothing waits for review">
      A memory block can hold what tools write until a person has seen it: open a block of an agent and set, under
      Policy, that its writes are for review. The agent works on meanwhile, and is told what became of them.
    </Empty>
  );
}

/** What is shown stands in the address. */
function useReviewAddress(): [ReviewFilter, (changes: Partial<ReviewFilter>) => void] {
  const [address, change] = useAddress();
  const filter = readReviewFilter(address);
  const set = (changes: Partial<ReviewFilter>) =>
    change((params) => {
      const { state, agentId, blockId } = { ...filter, ...changes };
      for (const [key, value] of Object.entries({
        state: state === "decided" ? state : null,
        agent: agentId,
        block: blockId,
      })) {
        if (value) params.set(key, value);
        else params.delete(key);
      }
      return params;
    });
  return [filter, set];
}
