"use client";
import { useQuery } from "@tanstack/react-query";
import { Check, Pencil, X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { ApiError } from "@/lib/client/api/api-error";
import type { ProposalDetail as Detail, Proposal } from "@/lib/client/api/wire";
import { proposalQuery } from "@/lib/client/memory/review-queries";
import { useDecide } from "@/lib/client/memory/use-review";
import { Changes } from "../diff/changes";
import { LineDiff } from "../diff/line-diff";
import { Field } from "../form/field";
import { writerName } from "../shell/cause-line";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

/** What a held write would change of the block as it is now, and how it is decided, or was. */
export function ProposalDetail({ proposal }: { proposal: Proposal }) {
  const detail = useQuery(proposalQuery(proposal.id));
  if (detail.isError) return <Problem error={detail.error} onRetry={() => void detail.refetch()} className="mx-0" />;
  if (!detail.data) return <SkeletonRows rows={4} label="Loading the change" />;
  return (
    <div className="mt-2 flex flex-col gap-2 sm:ml-10">
      {proposal.status === "pending" ? (
        <Decide key={detail.data.head_version_id} detail={detail.data} />
      ) : (
        <Decided detail={detail.data} />
      )}
    </div>
  );
}

function Decided({ detail }: { detail: Detail }) {
  const { decided_cause: cause, reason, told_run_id } = detail;
  return (
    <>
      <p className="break-words text-muted">
        {cause ? `Decided by ${writerName(cause, [])}. ` : ""}
        {reason ? `Reason: ${reason} ` : ""}
        {told_run_id ? "The agent was told." : "The agent is told with its next message."}
      </p>
      <Proposed detail={detail} before={detail.base_value} after={detail.proposed.value ?? detail.base_value} />
    </>
  );
}

/** What else than the text would change, and the text. */
function Proposed({ detail, before, after }: { detail: Detail; before: string; after: string }) {
  const { label, description } = detail.proposed;
  return (
    <>
      {detail.kind === "detach" && <p>The agent wants to give the block up. The block itself would stay.</p>}
      {label !== null && (
        <p className="break-words">
          <span className="text-muted">Label:</span> <del className="removed">{detail.label}</del> →{" "}
          <ins className="added">{label}</ins>
        </p>
      )}
      {description !== null && (
        <p className="break-words">
          <span className="text-muted">Description:</span> <ins className="added">{description}</ins>
        </p>
      )}
      {before !== after && (
        <div className="rounded-md border border-line">
          <Changes label="What it would change" className="max-h-80">
            <LineDiff before={before} after={after} />
          </Changes>
        </div>
      )}
    </>
  );
}

function Decide({ detail }: { detail: Detail }) {
  const decide = useDecide(detail.id);
  const { head_value: head, head_version_id: baseVersionId, result } = detail;
  const wanted = result ?? detail.proposed.value ?? head;
  const [text, setText] = useState<string | null>(result === null ? wanted : null);
  const [reason, setReason] = useState<string | null>(null);
  const compared = useDeferredValue(text ?? wanted);
  const hasMoved = detail.base_version_id !== baseVersionId;
  const canChange = detail.kind === "change" && detail.proposed.value !== null;
  return (
    <>
      {result === null && (
        <p role="alert">
          Others have changed the same words since this was proposed. Write what the block is to say; above is what it
          says now, below what the agent wanted.
        </p>
      )}
      {hasMoved && result !== null && (
        <p className="text-muted">Others have changed the block since; accepted now, it has both.</p>
      )}
      <Proposed detail={detail} before={head} after={compared} />
      {text !== null && (
        <Field label="The whole text of the block">
          {(id) => (
            <Textarea
              id={id}
              autoFocus
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="min-h-40 font-mono text-sm"
            />
          )}
        </Field>
      )}
      {reason !== null && (
        <Field label="Why, for the agent (it is told)">
          {(id) => (
            <Input
              id={id}
              autoFocus
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && decide.mutate({ type: "refuse", reason })}
            />
          )}
        </Field>
      )}
      <div className="flex flex-wrap gap-2">
        {reason === null && text === null && (
          <Button
            tone="primary"
            size="sm"
            disabled={decide.isPending}
            onClick={() => decide.mutate({ type: "accept", baseVersionId })}
          >
            <Check /> Accept
          </Button>
        )}
        {reason === null && text === null && canChange && (
          <Button size="sm" disabled={decide.isPending} onClick={() => setText(wanted)}>
            <Pencil /> Change…
          </Button>
        )}
        {reason === null && text !== null && (
          <Button
            tone="primary"
            size="sm"
            disabled={decide.isPending}
            onClick={() => decide.mutate({ type: "change", value: text, baseVersionId })}
          >
            <Check /> Accept this text
          </Button>
        )}
        {text === null || result === null ? (
          <Button
            size="sm"
            disabled={decide.isPending}
            onClick={() => (reason === null ? setReason("") : decide.mutate({ type: "refuse", reason }))}
          >
            <X /> {reason === null ? "Refuse…" : "Refuse"}
          </Button>
        ) : null}
        {(reason !== null || (text !== null && result !== null)) && (
          <Button
            tone="ghost"
            size="sm"
            disabled={decide.isPending}
            onClick={() => {
              setReason(null);
              if (result !== null) setText(null);
            }}
          >
            Back
          </Button>
        )}
      </div>
      {decide.isError && <DecisionProblem error={decide.error} />}
    </>
  );
}

/** Who decides on what has moved on sees it anew: the block as it is now is loaded already. */
function DecisionProblem({ error }: { error: unknown }) {
  const moved = error instanceof ApiError && error.status === 409;
  return (
    <>
      <Problem error={error} className="m-0" />
      {moved && <p className="text-muted">What is shown here was loaded again; look at it and decide anew.</p>}
    </>
  );
}
