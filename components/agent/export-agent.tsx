"use client";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { agentFileName } from "@/lib/client/agent/agent-file";
import { conversationsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { download } from "@/lib/client/api/download";
import { usePaged } from "@/lib/client/api/paged";
import { type Agent, DEFAULT_CONVERSATION } from "@/lib/client/api/wire";
import { Field } from "../form/field";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/input";

type ExportAgentProps = {
  agent: Agent | null;
  /** The one that is open; its messages are offered first. */
  conversationId?: string;
  onClose: () => void;
};

/** Writes an agent to a file (.af) that this or another server can import. */
export function ExportAgent({ agent, conversationId, onClose }: ExportAgentProps) {
  return (
    <Dialog
      open={agent !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`Export ${agent?.name ?? "the agent"}`}
      description="As an agent file (.af), which this or another server can import."
    >
      {agent && <ExportForm agent={agent} opened={conversationId ?? DEFAULT_CONVERSATION} onClose={onClose} />}
    </Dialog>
  );
}

const NONE = "none";

type ExportFormProps = { agent: Agent; opened: string; onClose: () => void };

function ExportForm({ agent, opened, onClose }: ExportFormProps) {
  const [messages, setMessages] = useState(opened);
  const conversations = usePaged(conversationsList(agent.id));
  const write = useMutation({
    mutationFn: () => {
      const query = {
        ...(messages === NONE ? { scrub_messages: "true" } : {}),
        ...(messages === NONE || messages === DEFAULT_CONVERSATION ? {} : { conversation_id: messages }),
      };
      return unwrap(api.GET("/v1/agents/{agent_id}/export", { params: { path: { agent_id: agent.id }, query } }));
    },
    onSuccess: (file) => {
      download(agentFileName(agent.name), JSON.stringify(file, null, 2), "application/json");
      onClose();
    },
  });
  return (
    <form
      className="flex flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        write.mutate();
      }}
    >
      <Field label="Messages">
        {(id) => (
          <Select id={id} value={messages} onChange={(event) => setMessages(event.target.value)}>
            <option value={DEFAULT_CONVERSATION}>of the default conversation</option>
            {opened !== DEFAULT_CONVERSATION && <option value={opened}>of the conversation that is open</option>}
            {conversations.items
              ?.filter((one) => one.id !== opened)
              .map((one) => (
                <option key={one.id} value={one.id}>
                  of {one.summary || one.id}
                </option>
              ))}
            <option value={NONE}>none</option>
          </Select>
        )}
      </Field>
      <ListEnd list={conversations} what="conversations" />
      <p className="text-muted">
        With its prompt, memory, tools, rules, folders and the agents it works with. Secrets go by name, without their
        values; keys of providers never do.
      </p>
      {write.isError && <Problem error={write.error} className="m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={write.isPending}>
          <Download /> {write.isPending ? "Exporting…" : "Download"}
        </Button>
      </div>
    </form>
  );
}
