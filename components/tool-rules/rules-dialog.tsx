"use client";
import { Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { useUpdateAgent } from "@/lib/client/agent/use-update-agent";
import type { Agent } from "@/lib/client/api/wire";
import { joined, type Rule, readRule, sayRule, withoutEdges, withRule } from "@/lib/client/tool/tool-rules";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Skeleton } from "../ui/skeleton";
import { RuleForm } from "./rule-form";

const RulesGraph = dynamic(() => import("./rules-graph"), {
  ssr: false,
  loading: () => <Skeleton className="h-full w-full rounded-none opacity-50" />,
});

/** The rules of an agent as a graph, and beside it as a list and a form, which do all that the graph does. */
export function RulesDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const saved = useMemo(() => agent.tool_rules.flatMap((rule) => readRule(rule) ?? []), [agent.tool_rules]);
  const [changed, setChanged] = useState<Rule[] | null>(null);
  const rules = changed ?? saved;
  const tools = useMemo(() => agent.tools.map((tool) => tool.name), [agent.tools]);
  const update = useUpdateAgent(agent.id);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Tool rules"
      description="Which tool may, must or can't follow which, in one run."
      width="xl"
      footer={
        <>
          <span className="mr-auto self-center text-muted text-sm">
            {changed ? "Not saved yet." : rules.length === 0 ? "No rules: every tool may be called at any time." : ""}
          </span>
          <Button onClick={() => (changed ? setChanged(null) : onClose())}>{changed ? "Discard" : "Close"}</Button>
          <Button
            needs="agents.update"
            tone="primary"
            disabled={!changed || update.isPending}
            onClick={() => update.mutate({ tool_rules: rules }, { onSuccess: () => setChanged(null) })}
          >
            {update.isPending ? "Saving…" : "Save the rules"}
          </Button>
        </>
      }
    >
      <div className="flex h-full flex-col lg:flex-row">
        <div className="h-72 min-h-0 shrink-0 border-line max-lg:border-b lg:h-auto lg:flex-1 lg:border-r">
          <RulesGraph
            tools={tools}
            rules={rules}
            onJoin={(from, to) => setChanged((before) => joined(before ?? saved, from, to) ?? before)}
            onCut={(edges) => setChanged(withoutEdges(rules, edges))}
          />
        </div>
        <div className="flex w-full shrink-0 flex-col gap-4 p-4 lg:w-80 lg:overflow-auto">
          {update.isError && <Problem error={update.error} className="m-0" />}
          <RuleForm tools={tools} onAdd={(rule) => setChanged(withRule(rules, rule))} />
          <RuleList rules={rules} onRemove={(index) => setChanged(rules.filter((_, other) => other !== index))} />
        </div>
      </div>
    </Dialog>
  );
}

/** The whole rule: two that say the same are kept once. */
const keyOf = (rule: Rule) => JSON.stringify(rule);

function RuleList({ rules, onRemove }: { rules: readonly Rule[]; onRemove: (index: number) => void }) {
  return (
    <section aria-label="Rules">
      <h3 className="font-medium">Rules ({rules.length})</h3>
      {rules.length === 0 && (
        <p className="text-muted">None. Add one above, or drag from one tool of the graph to another.</p>
      )}
      <ul>
        {rules.map((rule, index) => (
          <li key={keyOf(rule)} className="flex items-start gap-2 border-line border-b py-1">
            <p className="min-w-0 flex-1 break-words">
              <span className="font-mono text-sm text-tools">{rule.tool_name}</span> {sayRule(rule)}
            </p>
            <Button
              tone="ghost"
              size="icon-sm"
              aria-label={`Remove: ${rule.tool_name} ${sayRule(rule)}`}
              onClick={() => onRemove(index)}
            >
              <Trash2 />
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
