"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api";
import { agentsQuery } from "@/lib/client/queries";
import { queryKeys } from "@/lib/client/query-keys";
import { describeCron, toLocalInput } from "@/lib/client/schedule";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select, Textarea } from "../ui/input";

const USUAL = ["0 9 * * *", "0 9 * * 1-5", "0 * * * *", "0 18 * * 0", "0 7 1 * *"];
const HOUR_MS = 3_600_000;

type Draft = {
  agentId: string;
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
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(agentId));
  const agents = useQuery({ ...agentsQuery({ query: "", tag: null }), enabled: open && agentId === null });
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/agents/{agent_id}/schedule", {
          params: { path: { agent_id: draft.agentId || (agents.data?.[0]?.id ?? "") } },
          body: bodyOf(draft),
        }),
      ),
    onSuccess: async () => {
      onOpenChange(false);
      setDraft(emptyDraft(agentId));
      await client.invalidateQueries({ queryKey: queryKeys.schedules() });
    },
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) create.reset();
        onOpenChange(next);
      }}
      title="New schedule"
      footer={
        <Button
          tone="primary"
          type="submit"
          form="new-schedule"
          disabled={create.isPending || draft.text.trim() === ""}
        >
          {create.isPending ? "Scheduling…" : "Schedule it"}
        </Button>
      }
    >
      <form
        id="new-schedule"
        className="grid gap-3 p-4 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        {agentId === null && (
          <Field label="Agent">
            {(id) => (
              <Select id={id} value={draft.agentId} onChange={(event) => change({ agentId: event.target.value })}>
                {agents.data?.map((agent) => (
                  <option key={agent.id} value={agent.id}>
                    {agent.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label="When">
          {(id) => (
            <Select
              id={id}
              value={draft.kind}
              onChange={(event) => change({ kind: event.target.value as Draft["kind"] })}
            >
              <option value="again">Again and again</option>
              <option value="once">Once</option>
            </Select>
          )}
        </Field>
        {draft.kind === "once" ? (
          <Field label="Time, on this computer's clock">
            {(id) => (
              <Input
                id={id}
                type="datetime-local"
                required
                value={draft.at}
                onChange={(event) => change({ at: event.target.value })}
              />
            )}
          </Field>
        ) : (
          <Recurrence draft={draft} change={change} />
        )}
        <div className="sm:col-span-2">
          <Field label="Message">
            {(id) => (
              <Textarea
                id={id}
                required
                placeholder="Summarize what you learned yesterday."
                value={draft.text}
                onChange={(event) => change({ text: event.target.value })}
              />
            )}
          </Field>
        </div>
        <div className="sm:col-span-2">
          <Field label="Address to post the result to (may be left out)">
            {(id) => (
              <Input
                id={id}
                type="url"
                placeholder="https://…"
                value={draft.callback}
                onChange={(event) => change({ callback: event.target.value })}
              />
            )}
          </Field>
        </div>
      </form>
      {create.isError && <Problem error={create.error} />}
    </Dialog>
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
      <Field label="Time zone">
        {(id) => (
          <Input
            id={id}
            required
            value={draft.timezone}
            onChange={(event) => change({ timezone: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function emptyDraft(agentId: string | null): Draft {
  return {
    agentId: agentId ?? "",
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
