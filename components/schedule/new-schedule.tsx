"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { describeCron, toLocalInput } from "@/lib/client/job/schedule";
import { AgentSelect, type NamedAgent } from "../agent/agent-select";
import { Field } from "../form/field";
import { AreaField, SelectField, TextField } from "../form/text-field";
import { FormDialog } from "../shell/form-frame";
import { Input } from "../ui/input";

const USUAL = ["0 9 * * *", "0 9 * * 1-5", "0 * * * *", "0 18 * * 0", "0 7 1 * *"];
const HOUR_MS = 3_600_000;

type Draft = {
  text: string;
  kind: "once" | "again";
  at: string;
  cron: string;
  timezone: string;
  callback: string;
};
type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void /** Fixed, or null to choose. */;
  agentId: string | null;
};

/** A form for a message that is sent later. */
export function NewSchedule({ open, onOpenChange, agentId }: Props) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const newest = usePaged(agentsList(), { enabled: open && agentId === null }).items?.[0];
  const [chosen, setChosen] = useState<NamedAgent | null>(null);
  const agent = chosen ?? newest ?? null;
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/agents/{agent_id}/schedule", {
          params: { path: { agent_id: agentId ?? agent?.id ?? "" } },
          body: bodyOf(draft),
        }),
      ),
    onSuccess: async () => {
      onOpenChange(false);
      setDraft(emptyDraft());
      await client.invalidateQueries({ queryKey: queryKeys.schedules() });
    },
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <FormDialog
      open={open}
      onOpenChange={(next) => {
        if (!next) create.reset();
        onOpenChange(next);
      }}
      title="New schedule"
      columns
      submission={{
        name: "Schedule it",
        pendingName: "Scheduling…",
        isPending: create.isPending,
        error: create.error,
        canSend: draft.text.trim() !== "" && (agentId ?? agent?.id) !== undefined,
      }}
      onSubmit={() => create.mutate()}
    >
      {agentId === null && (
        <Field label="Agent">{(id) => <AgentSelect id={id} label="Agent" value={agent} onChange={setChosen} />}</Field>
      )}
      <SelectField
        label="When"
        value={draft.kind}
        onChange={(kind) => change({ kind: kind === "once" ? kind : "again" })}
      >
        <option value="again">Again and again</option>
        <option value="once">Once</option>
      </SelectField>
      {draft.kind === "once" ? (
        <TextField
          label="Time, on this computer's clock"
          type="datetime-local"
          required
          value={draft.at}
          onChange={(at) => change({ at })}
        />
      ) : (
        <Recurrence draft={draft} change={change} />
      )}
      <div className="sm:col-span-2">
        <AreaField
          label="Message"
          required
          placeholder="Summarize what you learned yesterday."
          value={draft.text}
          onChange={(text) => change({ text })}
        />
      </div>
      <div className="sm:col-span-2">
        <TextField
          label="Address to post the result to (may be left out)"
          type="url"
          placeholder="https://…"
          value={draft.callback}
          onChange={(callback) => change({ callback })}
        />
      </div>
    </FormDialog>
  );
}

function Recurrence({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <>
      <Field label="Cron expression" hint={describeCron(draft.cron)}>
        {(id) => (
          <>
            <Input
              id={id}
              required
              className="font-mono"
              list={`${id}-usual`}
              value={draft.cron}
              onChange={(event) => change({ cron: event.target.value })}
            />
            <datalist id={`${id}-usual`}>
              {USUAL.map((cron) => (
                <option key={cron} value={cron}>
                  {describeCron(cron)}
                </option>
              ))}
            </datalist>
          </>
        )}
      </Field>
      <TextField label="Time zone" required value={draft.timezone} onChange={(timezone) => change({ timezone })} />
    </>
  );
}

function emptyDraft(): Draft {
  return {
    text: "",
    kind: "again",
    at: toLocalInput(new Date(Date.now() + HOUR_MS)),
    cron: USUAL[0] ?? "",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    callback: "",
  };
}

function bodyOf({ text, kind, at, cron, timezone, callback }: Draft) {
  const schedule =
    kind === "once"
      ? { type: "one-time" as const, scheduled_at: new Date(at).getTime() }
      : { type: "recurring" as const, cron_expression: cron.trim(), timezone: timezone.trim() };
  return {
    messages: [{ role: "user" as const, content: text.trim() }],
    schedule,
    ...(callback ? { callback_url: callback } : {}),
  };
}
