"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Hand, Plus, Workflow, X } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Agent } from "@/lib/client/api/wire";
import { Empty, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { ToolPicker } from "../tool/tool-picker";
import { RulesDialog } from "../tool-rules/rules-dialog";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

/** The tools of an agent, with the rules for their use. */
export function AgentTools({ agent }: { agent: Agent }) {
  const [picking, setPicking] = useState(false);
  const [ruling, setRuling] = useState(false);
  const { attach, detach, approve } = useToolLinks(agent.id);
  const needsApproval = new Set(
    agent.tool_rules.filter((rule) => rule.type === "requires_approval").map((rule) => rule.tool_name),
  );
  const rules = agent.tool_rules.filter((rule) => rule.type !== "requires_approval");
  const error = attach.error ?? detach.error ?? approve.error;
  return (
    <section aria-label="Tools" className="border-line border-t">
      <SectionHead title="Tools" note={agent.tools.length}>
        <Button
          needs="agents.tools.attach"
          tone="ghost"
          size="icon-sm"
          aria-label="Attach a tool"
          onClick={() => setPicking(true)}
        >
          <Plus />
        </Button>
      </SectionHead>
      {error && <Problem error={error} />}
      {agent.tools.length === 0 && <Empty title="No tools">With tools the agent can act: attach one with +.</Empty>}
      <ul className="pb-2">
        {agent.tools.map((tool) => (
          <li key={tool.id} className="group flex h-7 items-center gap-1 pr-2 pl-3">
            <Link
              href={`/tools/${tool.id}`}
              className="min-w-0 flex-1 truncate font-mono text-sm hover:underline"
              title={tool.description ?? tool.name}
            >
              {tool.name}
            </Link>
            <Button
              needs="agents.tools.updateApproval"
              tone="ghost"
              size="icon-sm"
              aria-pressed={needsApproval.has(tool.name)}
              aria-label={`Calls of ${tool.name} wait for an approval`}
              title={needsApproval.has(tool.name) ? "Waits for your approval" : "Runs without asking"}
              className={cn(needsApproval.has(tool.name) ? "text-tools" : "text-faint")}
              onClick={() => approve.mutate({ name: tool.name, needed: !needsApproval.has(tool.name) })}
            >
              <Hand />
            </Button>
            <Button
              needs="agents.tools.detach"
              tone="ghost"
              size="icon-sm"
              aria-label={`Detach ${tool.name}`}
              onClick={() => detach.mutate(tool.id)}
            >
              <X />
            </Button>
          </li>
        ))}
      </ul>
      {(agent.tools.length > 0 || rules.length > 0) && (
        <SectionHead title="Tool rules" note={rules.length}>
          <Button
            needs="agents.update"
            tone="ghost"
            size="icon-sm"
            aria-label="Edit the tool rules"
            title="Edit the rules, as a graph"
            onClick={() => setRuling(true)}
          >
            <Workflow />
          </Button>
        </SectionHead>
      )}
      {rules.length > 0 && (
        <ul className="flex flex-col gap-1 px-3 pb-3">
          {rules.map((rule) => (
            <li key={`${rule.type}:${rule.tool_name}`} className="flex items-center gap-2 text-sm">
              <Badge tone="tools">{rule.type.replaceAll("_", " ")}</Badge>
              <span className="truncate font-mono">{rule.tool_name}</span>
            </li>
          ))}
        </ul>
      )}
      {ruling && <RulesDialog agent={agent} onClose={() => setRuling(false)} />}
      <ToolPicker
        open={picking}
        onOpenChange={setPicking}
        attached={agent.tools.map((tool) => tool.id)}
        onPick={(toolId) => attach.mutate(toolId)}
      />
    </section>
  );
}

function useToolLinks(agentId: string) {
  const client = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.agent(agentId) }),
      client.invalidateQueries({ queryKey: queryKeys.context(agentId) }),
    ]);
  const attach = useMutation({
    mutationFn: (toolId: string) => {
      const path = { agent_id: agentId, tool_id: toolId };
      return unwrap(api.PATCH("/v1/agents/{agent_id}/tools/attach/{tool_id}", { params: { path } }));
    },
    onSuccess,
  });
  const detach = useMutation({
    mutationFn: (toolId: string) => {
      const path = { agent_id: agentId, tool_id: toolId };
      return unwrap(api.PATCH("/v1/agents/{agent_id}/tools/detach/{tool_id}", { params: { path } }));
    },
    onSuccess,
  });
  const approve = useMutation({
    mutationFn: ({ name, needed }: { name: string; needed: boolean }) =>
      unwrap(
        api.PATCH("/v1/agents/{agent_id}/tools/approval/{tool_name}", {
          params: { path: { agent_id: agentId, tool_name: name } },
          body: { requires_approval: needed },
        }),
      ),
    onSuccess,
  });
  return { attach, detach, approve };
}
