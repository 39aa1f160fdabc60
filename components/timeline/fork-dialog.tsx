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
      onOpenChange(false);
      await client.invalidateQueries({ queryKey: queryKeys.conversations(agentId) });
      if (made.agent_id === agentId) move({ step: null, with: null, conversation: made.conversation_id });
      else router.push(`/agents/${made.agent_id}`);
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Fork from this step"
      description="It starts exactly as everything was. What is here stays as it is."
      width="sm"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button tone="primary" disabled={fork.isPending} onClick={() => fork.mutate()}>
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
              <option value="agent">a new agent with copies of its blocks</option>
            </Select>
          )}
        </Field>
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
