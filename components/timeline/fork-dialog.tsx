"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Move } from "@/lib/client/time/use-moment";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";

type ForkDialogProps = {
  agentId: string;
  stepId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  move: Move;
};
type Into = "agent" | "conversation";

/** A new agent, or a new conversation, that starts with everything as of the step. */
export function ForkDialog({ agentId, stepId, open, onOpenChange, move }: ForkDialogProps) {
  const router = useRouter();
  const client = useQueryClient();
  const [into, setInto] = useState<Into>("conversation");
  const [moment, setMoment] = useState<"before" | "after">("after");
  const [name, setName] = useState("");
  const fork = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/steps/{step_id}/fork", {
          params: { path: { step_id: stepId } },
          body: { into, moment, ...(name.trim() ? { name: name.trim() } : {}) },
        }),
      ),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: queryKeys.conversations(agentId) });
      if (made.notes.length === 0) go(made);
    },
  });
  const made = fork.data;
  function go({ agent_id: madeId, conversation_id: conversation }: { agent_id: string; conversation_id: string }) {
    close(false);
    if (madeId === agentId) move({ step: null, with: null, conversation });
    else router.push(`/agents/${madeId}`);
  }
  function close(isOpen: boolean) {
    fork.reset();
    onOpenChange(isOpen);
  }
  if (made && made.notes.length > 0) {
    return (
      <Dialog
        open={open}
        onOpenChange={close}
        title="The fork is made"
        description="This is not as it was as of the step:"
        width="sm"
        footer={
          <Button tone="primary" onClick={() => go(made)}>
            Open the fork
          </Button>
        }
      >
        <ul className="list-disc p-4 pl-8" aria-label="Not as it was">
          {made.notes.map((note) => (
            <li key={note} className="break-words py-0.5">
              {note}
            </li>
          ))}
        </ul>
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title="Fork from this step"
      description="What is here stays as it is."
      width="sm"
      footer={
        <>
          <Button onClick={() => close(false)}>Cancel</Button>
          <Button needs="steps.fork" tone="primary" disabled={fork.isPending} onClick={() => fork.mutate()}>
            {fork.isPending ? "Forking…" : "Fork"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <Field label="Make">
          {(id) => (
            <Select id={id} value={into} onChange={(event) => setInto(event.target.value as Into)}>
              <option value="conversation">a new conversation of this agent</option>
              <option value="agent">a new agent</option>
            </Select>
          )}
        </Field>
        <AsOf into={into} />
        <Field label="As it was">
          {(id) => (
            <Select id={id} value={moment} onChange={(event) => setMoment(event.target.value as "before" | "after")}>
              <option value="after">after the step, with what it did</option>
              <option value="before">before the step, as the model was shown it</option>
            </Select>
          )}
        </Field>
        <Field label="Name (may be left out)">
          {(id) => <Input id={id} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </div>
      {fork.isError && <Problem error={fork.error} />}
    </Dialog>
  );
}

const AS_OF: Record<Into, { asOf: string; today: string }> = {
  agent: {
    asOf: "memory, archives, messages, files, tools, prompt and settings, each a copy of its own",
    today: "secrets and identities are not copied",
  },
  conversation: {
    asOf: "messages in context, and a memory of its own that this agent's other conversations do not share",
    today: "prompt, model, tools, files and archives are the agent's of today",
  },
};

/** What of a fork is as of the step, and what is not. */
function AsOf({ into }: { into: Into }) {
  const { asOf, today } = AS_OF[into];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 rounded-md border border-line p-2 text-sm">
      <dt className="text-muted">As of the step</dt>
      <dd>{asOf}</dd>
      <dt className="text-muted">Not</dt>
      <dd>{today}</dd>
    </dl>
  );
}
