"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { GitCompareArrows, GitFork, History } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api";
import { formatExact } from "@/lib/client/format";
import { queryKeys } from "@/lib/client/query-keys";
import type { Column } from "@/lib/client/timeline";
import type { Move } from "@/lib/client/use-place";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";
import { Menu, MenuItem, MenuLabel } from "../ui/menu";

type PastBannerProps = {
  agentId: string;
  stepId: string;
  /** Null where the step is older than what is loaded. */
  index: number | null;
  columns: readonly Column[];
  move: Move;
};

/** Says that what is on screen is the past, and what can be done from here. */
export function PastBanner({ agentId, stepId, index, columns, move }: PastBannerProps) {
  const [forking, setForking] = useState(false);
  const column = index === null ? undefined : columns[index];
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-messages/40 border-b bg-messages/10 px-3 py-1"
    >
      <span className="flex items-center gap-1.5">
        <History className="size-3.5 text-messages" aria-hidden />
        As of {column ? `step ${column.number}` : "a step"}
        {column && <span className="hidden text-muted sm:inline">{formatExact(column.step.created_at)}</span>}
      </span>
      <span className="ml-auto flex flex-wrap gap-1">
        <CompareMenu index={index} columns={columns} move={move} />
        <Button size="sm" onClick={() => setForking(true)}>
          <GitFork /> Fork from here
        </Button>
        <Button size="sm" tone="primary" onClick={() => move({ step: null, with: null })}>
          Back to now
        </Button>
      </span>
      <ForkDialog agentId={agentId} stepId={stepId} open={forking} onOpenChange={setForking} move={move} />
    </div>
  );
}

type CompareMenuProps = { index: number | null; columns: readonly Column[]; move: Move };

/** Which step to compare with: the neighbours, the first, now; any other by dragging with Shift. */
function CompareMenu({ index, columns, move }: CompareMenuProps) {
  if (index === null) return null;
  const choices = [
    { name: "the step before", index: index - 1 },
    { name: "ten steps before", index: index - 10 },
    { name: "the first step", index: 0 },
    { name: "now", index: columns.length - 1 },
  ].filter((choice) => choice.index >= 0 && choice.index !== index);
  return (
    <Menu
      align="end"
      trigger={
        <Button size="sm">
          <GitCompareArrows /> Compare with
        </Button>
      }
    >
      <MenuLabel>What changed in the context, and why</MenuLabel>
      {choices.map((choice) => (
        <MenuItem key={choice.name} onSelect={() => move({ with: columns[choice.index]!.step.id })}>
          {choice.name} <span className="ml-auto text-muted text-sm">step {columns[choice.index]!.number}</span>
        </MenuItem>
      ))}
      <MenuLabel>Any step: hold Shift and click it on the time line</MenuLabel>
    </Menu>
  );
}

type ForkDialogProps = {
  agentId: string;
  stepId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  move: Move;
};
type Into = "agent" | "conversation";

/** A new agent, or a new conversation, that starts with everything as of the step. */
function ForkDialog({ agentId, stepId, open, onOpenChange, move }: ForkDialogProps) {
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
