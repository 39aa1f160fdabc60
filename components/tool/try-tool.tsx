"use client";
import { useMutation } from "@tanstack/react-query";
import { Play, Square, X } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import type { Agent } from "@/lib/client/api/wire";
import { formatBytes } from "@/lib/client/folder/files";
import { formatDuration } from "@/lib/client/screen/format";
import type { TestRun, Trial } from "@/lib/client/tool/test-run";
import { useTrialForm } from "@/lib/client/tool/use-trial-form";
import { AgentPicker } from "../folder/agent-picker";
import { AreaField } from "../form/text-field";
import { SectionHead } from "../shell/bits";
import { FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Elapsed } from "./elapsed";
import { JsonView } from "./json-view";
import { SchemaForm } from "./schema-form";

type TryToolProps = {
  /** Of the tool as it would run now; null while it has none. */
  schema: unknown;
  run: (trial: Trial) => Promise<TestRun>;
  /** Whether it runs without an agent too. */
  needsAgent: boolean;
  /** Whether it can run for an agent. */
  takesAgent: boolean;
  /** Said of what will run. */
  note: ReactNode;
};

/** Calls a tool by hand, with a form that its schema makes, and shows all that came of it. */
export function TryTool({ schema, run, needsAgent, takesAgent, note }: TryToolProps) {
  const form = useTrialForm(schema);
  const [agent, setAgent] = useState<Pick<Agent, "id" | "name"> | null>(null);
  const abort = useRef<AbortController | null>(null);
  const trial = useMutation({
    mutationFn: async (args: Record<string, unknown>) => {
      abort.current = new AbortController();
      return run({ args, agentId: agent?.id ?? null, signal: abort.current.signal });
    },
  });
  const stopped = trial.error instanceof DOMException && trial.error.name === "AbortError";
  const blocked = schema === null || (needsAgent && agent === null);
  return (
    <section aria-label="Try it" className="rounded-md border border-line">
      <SectionHead title="Try it">
        {form.fields.length > 0 && (
          <Button size="sm" tone="ghost" onClick={form.json === null ? form.toJson : form.toForm}>
            {form.json === null ? "As JSON" : "As a form"}
          </Button>
        )}
      </SectionHead>
      <FormFrame
        className="px-3 pb-3"
        onSubmit={() => {
          const args = form.submit();
          if (args) trial.mutate(args);
        }}
      >
        {form.json === null ? (
          <SchemaForm
            fields={form.fields}
            values={form.values}
            problems={form.isShown ? form.problems : {}}
            onChange={form.setValues}
          />
        ) : (
          <AreaField
            label="Arguments, as JSON"
            className="min-h-32 font-mono text-sm"
            value={form.json}
            problem={form.isShown ? form.jsonProblem : null}
            onChange={form.setJson}
          />
        )}
        {takesAgent && <AgentChoice agent={agent} needed={needsAgent} onChange={setAgent} />}
        <p className="text-muted text-sm">{note}</p>
        <div className="flex items-center gap-2">
          <Button needs="tools.run" type="submit" tone="primary" disabled={blocked || trial.isPending}>
            <Play /> Run
          </Button>
          {trial.isPending && (
            <>
              <Button onClick={() => abort.current?.abort()}>
                <Square /> Stop
              </Button>
              <span className="text-muted text-sm">
                running, <Elapsed since={trial.submittedAt} />
              </span>
            </>
          )}
          {blocked && !trial.isPending && (
            <span className="text-muted text-sm">
              {schema === null ? "The source has a problem." : "Choose an agent."}
            </span>
          )}
        </div>
      </FormFrame>
      {stopped && (
        <p role="status" className="px-3 pb-3">
          Stopped. It changed nothing in an agent's memory.
        </p>
      )}
      {trial.isError && !stopped && <Problem error={trial.error} />}
      {trial.data && <Outcome run={trial.data} />}
    </section>
  );
}

/** Said in the place of a trial of a tool that the client runs. */
export function ClientSide() {
  return (
    <p className="text-muted">
      The program that talks to the agent runs this tool: it gets the call as an approval request and sends the return.
    </p>
  );
}

type AgentChoiceProps = {
  agent: Pick<Agent, "id" | "name"> | null;
  needed: boolean;
  onChange: (agent: Pick<Agent, "id" | "name"> | null) => void;
};

function AgentChoice({ agent, needed, onChange }: AgentChoiceProps) {
  const [picking, setPicking] = useState(false);
  return (
    <div>
      <p className="text-muted text-sm">With the state of</p>
      <div className="flex items-center gap-1">
        <Button onClick={() => setPicking(true)} aria-label={`Agent: ${agent?.name ?? "none"}. Choose`}>
          <span className="max-w-52 truncate">{agent?.name ?? (needed ? "Choose an agent…" : "no agent")}</span>
        </Button>
        {agent && (
          <Button tone="ghost" size="icon" aria-label="Without an agent" onClick={() => onChange(null)}>
            <X />
          </Button>
        )}
      </div>
      {agent && (
        <p className="mt-1 text-sm text-tools">It runs with this agent's memory and secrets. What it writes is kept.</p>
      )}
      <AgentPicker
        title="Run with the state of"
        open={picking}
        onOpenChange={setPicking}
        without={[]}
        onPick={(id, name) => onChange({ id, name })}
      />
    </div>
  );
}

function Outcome({ run }: { run: TestRun }) {
  const failed = run.status === "error";
  return (
    <div className="flex flex-col gap-2 border-line border-t p-3" role="status">
      <p className="flex flex-wrap gap-x-3">
        <span className={cn("font-medium", failed ? "text-error" : "text-files")}>{failed ? "Failed" : "Done"}</span>
        <span className="text-muted" title="From the call to its return">
          {formatDuration(run.durationMs)}
        </span>
        {run.memoryBytes !== null && (
          <span className="text-muted" title="The most that the code held">
            {formatBytes(run.memoryBytes)} of memory
          </span>
        )}
      </p>
      <JsonView label={failed ? "Error" : "Return"} text={run.output} />
      {run.stdout && <JsonView label="stdout" text={run.stdout} />}
      {run.stderr && <JsonView label="stderr" text={run.stderr} />}
    </div>
  );
}
