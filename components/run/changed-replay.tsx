"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { GitFork } from "lucide-react";
import { useState } from "react";
import type { Run, StateAt } from "@/lib/client/api/wire";
import { type Change, replayChanged, wholeRunQuery } from "@/lib/client/run/changed-replay";
import { runStepsQuery } from "@/lib/client/run/run-queries";
import type { Row } from "@/lib/client/run/transcript-rows";
import { stateQuery } from "@/lib/client/time/time-queries";
import { ModelSelect } from "../agent/model-select";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Select, Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { SideBySide } from "./side-by-side";

/** Runs a run again with one thing changed, on a fork, and shows both runs. */
export function ChangedReplay({ run, agentName }: { run: Run; agentName: string }) {
  const [asking, setAsking] = useState(false);
  const replay = useMutation({ mutationFn: (change: Change) => replayChanged(run.id, change) });
  const fork = replay.data;
  return (
    <section aria-label="Replay with a change" className="border-line border-t p-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium">What if</h3>
        <p className="min-w-0 flex-1 basis-60 text-muted text-sm">
          Runs it again with one thing changed, on a fork: from the record as long as the model is asked the same, and
          live from there.
        </p>
        <Button needs="runs.replayChanged" size="sm" onClick={() => setAsking(true)}>
          <GitFork /> {fork ? "Change something else…" : "Change something…"}
        </Button>
      </div>
      {asking && (
        <ChangeDialog
          run={run}
          busy={replay.isPending}
          error={replay.error}
          onClose={() => setAsking(false)}
          onChange={(change) => replay.mutate(change, { onSuccess: () => setAsking(false) })}
        />
      )}
      {fork && (
        <SideBySide key={fork.run_id} runId={run.id} fork={fork} agentName={agentName} onDeleted={replay.reset} />
      )}
    </section>
  );
}

type ChangeDialogProps = {
  run: Run;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onChange: (change: Change) => void;
};

function ChangeDialog({ run, busy, error, onClose, onChange }: ChangeDialogProps) {
  const whole = useQuery(wholeRunQuery(run.id));
  const steps = useQuery(runStepsQuery(run.id));
  const first = steps.data?.[0]?.id as string | undefined;
  const state = useQuery({ ...stateQuery(run.agent_id, first ?? "", "before"), enabled: first !== undefined });
  const failed = whole.error ?? steps.error ?? state.error;
  const title = "Run it again with a change";
  if (steps.data && !first) {
    return (
      <Dialog open onOpenChange={onClose} title={title} width="md">
        <p className="p-4">No model was asked in this run: there is nothing to run again.</p>
      </Dialog>
    );
  }
  if (!whole.data || !state.data) {
    return (
      <Dialog open onOpenChange={onClose} title={title} width="md">
        {failed ? <Problem error={failed} /> : <SkeletonRows rows={6} label="Loading the run as it was" />}
      </Dialog>
    );
  }
  return (
    <ChangeForm
      choices={choicesOf(state.data, whole.data.rows)}
      busy={busy}
      error={error}
      onClose={onClose}
      onChange={onChange}
    />
  );
}

type Choice = { key: string; label: string; change: Change };

/** What can be changed, each as it was. */
function choicesOf(state: StateAt, rows: readonly Row[]): Choice[] {
  const config = state.agent_version.config as { system?: string; model?: string };
  const asked = rows.find((row): row is Extract<Row, { type: "user" | "system" | "assistant" }> => row.type === "user");
  return [
    ...(asked
      ? [{ key: "message", label: "What was said", change: { type: "message" as const, value: asked.text } }]
      : []),
    { key: "system", label: "The system prompt", change: { type: "system", value: config.system ?? "" } },
    { key: "model", label: "The model", change: { type: "model", value: config.model ?? "" } },
    ...state.blocks.map(({ block_id: id, label, value }) => ({
      key: id,
      label: `Memory block ${label}`,
      change: { type: "block" as const, label, value },
    })),
    ...rows.flatMap((row) =>
      row.type === "tool" && row.result
        ? [
            {
              key: row.key,
              label: `What ${row.call.name} returned`,
              change: { type: "tool_return" as const, callId: row.call.id, value: textOf(row.result.content) },
            },
          ]
        : [],
    ),
  ];
}

const textOf = (content: string | readonly { type: string; text?: string }[]) =>
  typeof content === "string" ? content : content.map((part) => part.text ?? "").join("\n");

type ChangeFormProps = Omit<ChangeDialogProps, "run"> & { choices: readonly Choice[] };

function ChangeForm({ choices, busy, error, onClose, onChange }: ChangeFormProps) {
  const [chosenKey, setChosenKey] = useState(choices[0]!.key);
  const [edits, setEdits] = useState<Readonly<Record<string, string>>>({});
  const chosen = choices.find(({ key }) => key === chosenKey)!;
  const value = edits[chosenKey] ?? chosen.change.value;
  const edit = (next: string) => setEdits({ ...edits, [chosenKey]: next });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Run it again with a change"
      description="On a fork of the agent as it was before the run: nothing of the original is touched."
      width="md"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            needs="runs.replayChanged"
            tone="primary"
            disabled={busy || value === chosen.change.value}
            onClick={() => onChange({ ...chosen.change, value })}
          >
            {busy ? "Forking…" : "Run it"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <Field label="Change">
          {(id) => (
            <Select id={id} value={chosenKey} onChange={(event) => setChosenKey(event.target.value)}>
              {choices.map(({ key, label }) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="To">
          {(id) =>
            chosen.change.type === "model" ? (
              <ModelSelect id={id} value={value} onChange={edit} />
            ) : (
              <Textarea
                id={id}
                className="min-h-48 font-mono text-sm"
                value={value}
                onChange={(event) => edit(event.target.value)}
              />
            )
          }
        </Field>
        <p className="text-muted text-sm">
          Once the model is asked something else than then, it is asked for real, and tools that it calls are run for
          real.
        </p>
      </div>
      {Boolean(error) && <Problem error={error} />}
    </Dialog>
  );
}
