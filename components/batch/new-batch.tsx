"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { linesOf } from "@/lib/client/job/batch";
import { formatCount } from "@/lib/client/screen/format";
import { AgentSelect, type NamedAgent } from "../agent/agent-select";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Textarea } from "../ui/input";

/** A form for a batch: an agent, and a message on each line. */
export function NewBatch({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const client = useQueryClient();
  const [picked, setPicked] = useState<NamedAgent | null>(null);
  const [text, setText] = useState("");
  const newest = usePaged(agentsList(), { enabled: open }).items?.[0];
  const agent = picked ?? newest ?? null;
  const chosen = agent?.id ?? "";
  const lines = linesOf(text);
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/messages/batches", {
          body: {
            requests: lines.map((line) => ({ agent_id: chosen, messages: [{ role: "user" as const, content: line }] })),
          },
        }),
      ),
    onSuccess: async () => {
      setText("");
      onOpenChange(false);
      await client.invalidateQueries({ queryKey: queryKeys.batches() });
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) create.reset();
        onOpenChange(next);
      }}
      title="New batch"
      description="Each line is sent as a message of its own, one after the other to one agent."
      footer={
        <Button
          needs="messages.batches.create"
          tone="primary"
          disabled={create.isPending || lines.length === 0 || chosen === ""}
          onClick={() => create.mutate()}
        >
          {create.isPending
            ? "Sending…"
            : `Send ${formatCount(lines.length)} ${lines.length === 1 ? "message" : "messages"}`}
        </Button>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <Field label="Agent">{(id) => <AgentSelect id={id} label="Agent" value={agent} onChange={setPicked} />}</Field>
        <Field label="Messages, one a line">
          {(id) => <Textarea id={id} rows={8} value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
      </div>
      {create.isError && <Problem error={create.error} />}
    </Dialog>
  );
}
