"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import type { WritePolicy } from "@/lib/client/api/wire";
import { writePolicyQuery } from "@/lib/client/memory/review-queries";
import { type PolicyDraft, useSetPolicy } from "@/lib/client/memory/use-review";
import { linesOf } from "@/lib/text/line-diff";
import { Check } from "../form/check";
import { Field } from "../form/field";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

/** What becomes of what tools write to a block. */
export function PolicyPane({ blockId, value }: { blockId: string; value: string }) {
  const policy = useQuery(writePolicyQuery(blockId));
  if (policy.isError) return <Problem error={policy.error} onRetry={() => void policy.refetch()} />;
  if (!policy.data) return <SkeletonRows rows={6} label="Loading the policy" />;
  return <PolicyForm key={policy.data.version_id} policy={policy.data} value={value} />;
}

const draftOf = ({ writes, locked_lines, expires_after_hours }: WritePolicy): PolicyDraft => ({
  writes,
  locked_lines,
  expires_after_hours,
});

const MOST_SHOWN = 300;

function PolicyForm({ policy, value }: { policy: WritePolicy; value: string }) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const save = useSetPolicy(policy.block_id);
  const change = (part: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...part }));
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(policy));
  const lock = (line: string, locked: boolean) =>
    change({
      locked_lines: locked ? [...draft.locked_lines, line] : draft.locked_lines.filter((one) => one !== line),
    });
  const lines = [...new Set(linesOf(value).filter((line) => line.trim() !== ""))];
  const gone = draft.locked_lines.filter((line) => !lines.includes(line));
  return (
    <form
      className="flex flex-col gap-4 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-1 font-medium">What tools write to this block</legend>
        <Choice checked={draft.writes === "at-once"} onChoose={() => change({ writes: "at-once" })}>
          is kept at once
        </Choice>
        <Choice checked={draft.writes === "review"} onChoose={() => change({ writes: "review" })}>
          waits for a person’s review: the agent works on, and is told what became of it
        </Choice>
        <p className="text-muted text-sm">
          It counts for every agent that has the block, whatever its type, for sleep-time agents and for code of custom
          tools. What people and programs write themselves is kept at once.
        </p>
        {policy.pending > 0 && (
          <Link href={`/review?block=${policy.block_id}`} className="w-fit text-messages hover:underline">
            {policy.pending} {policy.pending === 1 ? "write waits" : "writes wait"} for review
          </Link>
        )}
      </fieldset>
      {draft.writes === "review" && (
        <Field label="Void after so many hours (empty: never)">
          {(id) => (
            <Input
              id={id}
              type="number"
              min={1}
              max={8784}
              className="w-36"
              value={draft.expires_after_hours ?? ""}
              onChange={(event) => {
                const hours = event.target.valueAsNumber;
                change({ expires_after_hours: Number.isInteger(hours) && hours > 0 ? hours : null });
              }}
            />
          )}
        </Field>
      )}
      <fieldset className="flex min-w-0 flex-col gap-1">
        <legend className="mb-1 font-medium">Locked lines ({draft.locked_lines.length})</legend>
        <p className="text-muted text-sm">
          No tool may change or remove a locked line; a call that would is refused, and its agent is told why.
        </p>
        {lines.length === 0 && <Empty title="No lines">Write something into the block first.</Empty>}
        <ul className="flex max-h-72 flex-col gap-1 overflow-auto" aria-label="Lines of the block">
          {lines.slice(0, MOST_SHOWN).map((line) => (
            <li key={line}>
              <Check checked={draft.locked_lines.includes(line)} onChange={(locked) => lock(line, locked)}>
                <span className="break-words font-mono text-sm">{line}</span>
              </Check>
            </li>
          ))}
        </ul>
        {lines.length > MOST_SHOWN && (
          <p className="text-muted text-sm">The first {MOST_SHOWN} lines; lock others through the API.</p>
        )}
        {gone.length > 0 && (
          <>
            <p className="mt-1 text-muted text-sm">
              Locked, but not in the block now; they hold again once they are back:
            </p>
            <ul className="flex flex-col gap-1" aria-label="Locked lines that are not in the block">
              {gone.map((line) => (
                <li key={line}>
                  <Check checked onChange={() => lock(line, false)}>
                    <span className="break-words font-mono text-sm">{line}</span>
                  </Check>
                </li>
              ))}
            </ul>
          </>
        )}
      </fieldset>
      <div className="flex flex-wrap items-center gap-2">
        <Button disabled={!dirty || save.isPending} onClick={() => setDraft(draftOf(policy))}>
          Discard
        </Button>
        <Button tone="primary" type="submit" disabled={!dirty || save.isPending}>
          {save.isPending ? "Saving…" : "Save policy"}
        </Button>
        {save.isSuccess && !dirty && (
          <span role="status" className="text-files">
            Saved.
          </span>
        )}
      </div>
      {save.isError && <Problem error={save.error} className="m-0" />}
    </form>
  );
}

function Choice({ checked, onChoose, children }: { checked: boolean; onChoose: () => void; children: string }) {
  return (
    <label className="flex items-start gap-2">
      <input type="radio" name="writes" className="mt-1 accent-accent" checked={checked} onChange={onChoose} />
      <span>{children}</span>
    </label>
  );
}
