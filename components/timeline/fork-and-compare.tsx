"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import type { StateAt } from "@/lib/client/api/wire";
import { changesOf, type ForkDraft, forkDraftOf } from "@/lib/client/time/fork-draft";
import { stateQuery } from "@/lib/client/time/time-queries";
import type { StepEntry } from "@/lib/client/time/timeline";
import { ModelSelect } from "../agent/model-select";
import { Field } from "../form/field";
import { SideBySide } from "../run/side-by-side";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

type ForkAndCompareProps = { step: StepEntry; agentId: string; agentName: string; onClose: () => void };

/** Prompt, model, memory and the last message as they were before a step, to be changed; then both runs side by side. */
export function ForkAndCompare({ step, agentId, agentName, onClose }: ForkAndCompareProps) {
  const ownerId = step.origin_agent_id ?? agentId;
  const state = useQuery(stateQuery(ownerId, step.id, "before"));
  const fork = useMutation({
    mutationFn: async ({ was, draft }: { was: ForkDraft; draft: ForkDraft }) => {
      const params = { path: { step_id: step.id } };
      const body = { into: "agent" as const, moment: "before" as const, changes: changesOf(was, draft) };
      const made = await unwrap(api.POST("/v1/steps/{step_id}/fork", { params, body }));
      if (made.run_id === null) throw new Error("The fork was made, and nothing was run on it.");
      return { ...made, run_id: made.run_id };
    },
  });
  const title = `Fork before step ${step.number} and compare`;
  if (fork.data) {
    return (
      <Frame title={title} onClose={onClose}>
        <div className="p-3">
          <SideBySide
            runId={step.run_id}
            fork={fork.data}
            agentName={agentName}
            onDeleted={() => {
              fork.reset();
              onClose();
            }}
          />
        </div>
      </Frame>
    );
  }
  if (!state.data) {
    return (
      <Frame title={title} onClose={onClose}>
        {state.isError ? (
          <Problem error={state.error} onRetry={() => void state.refetch()} />
        ) : (
          <SkeletonRows rows={8} label="Loading everything as it was" />
        )}
      </Frame>
    );
  }
  return (
    <Draft
      key={step.id}
      title={title}
      state={state.data}
      busy={fork.isPending}
      error={fork.error}
      onClose={onClose}
      onRun={(was, draft) => fork.mutate({ was, draft })}
    />
  );
}

type FrameProps = { title: string; onClose: () => void; footer?: ReactNode; children: ReactNode };

const Frame = ({ title, onClose, footer, children }: FrameProps) => (
  <Dialog
    open
    onOpenChange={(open) => !open && onClose()}
    title={title}
    description="A new agent that is all that this one was then. What is here stays as it is."
    width="xl"
    {...(footer ? { footer } : {})}
  >
    {children}
  </Dialog>
);

type DraftProps = {
  title: string;
  state: StateAt;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onRun: (was: ForkDraft, draft: ForkDraft) => void;
};

function Draft({ title, state, busy, error, onClose, onRun }: DraftProps) {
  const [was] = useState(() => forkDraftOf(state));
  const [draft, setDraft] = useState(was);
  const change = (part: Partial<ForkDraft>) => setDraft({ ...draft, ...part });
  return (
    <Frame
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            needs="steps.fork"
            tone="primary"
            disabled={busy || draft.message.trim() === ""}
            onClick={() => onRun(was, draft)}
          >
            {busy ? "Forking…" : "Fork and run"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <Field label="The last message" hint={changed(was.message, draft.message)}>
          {(id) => (
            <Textarea id={id} value={draft.message} onChange={(event) => change({ message: event.target.value })} />
          )}
        </Field>
        <Field label="Model" hint={changed(was.model, draft.model)}>
          {(id) => <ModelSelect id={id} value={draft.model} onChange={(model) => change({ model })} />}
        </Field>
        {Object.entries(draft.blocks).map(([label, value]) => (
          <Field key={label} label={`Memory block ${label}`} hint={changed(was.blocks[label] ?? "", value)}>
            {(id) => (
              <Textarea
                id={id}
                className="font-mono text-sm"
                value={value}
                onChange={(event) => change({ blocks: { ...draft.blocks, [label]: event.target.value } })}
              />
            )}
          </Field>
        ))}
        <Field label="System prompt" hint={changed(was.system, draft.system)}>
          {(id) => (
            <Textarea
              id={id}
              className="min-h-40 font-mono text-sm"
              value={draft.system}
              onChange={(event) => change({ system: event.target.value })}
            />
          )}
        </Field>
      </div>
      {Boolean(error) && <Problem error={error} />}
    </Frame>
  );
}

const changed = (was: string, now: string) => (was === now ? "as it was" : "changed");
