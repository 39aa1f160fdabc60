"use client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { EMPTY_RULE, type RuleDraft, toRule } from "@/lib/client/tool/rule-draft";
import { RULE_NAMES, type Rule, type RuleType } from "@/lib/client/tool/tool-rules";
import { Field } from "../form/field";
import { Button } from "../ui/button";
import { Input, Select } from "../ui/input";

type RuleFormProps = { tools: readonly string[]; onAdd: (rule: Rule) => void };

/** A new rule; one of the same kind for the same tool takes its place, with the children of both. */
export function RuleForm({ tools, onAdd }: RuleFormProps) {
  const [changes, setChanges] = useState<Partial<RuleDraft>>({});
  const draft: RuleDraft = { ...EMPTY_RULE, tool: tools[0] ?? "", ...changes };
  const change = (part: Partial<RuleDraft>) => setChanges((before) => ({ ...before, ...part }));
  const rule = toRule(draft);
  if (tools.length === 0) return <p className="text-muted">The agent has no tools: attach one first.</p>;
  return (
    <form
      aria-label="Add a rule"
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!rule) return;
        onAdd(rule);
        setChanges({ tool: draft.tool, type: draft.type });
      }}
    >
      <Field label="Tool">
        {(id) => <ToolSelect id={id} tools={tools} value={draft.tool} onChange={(tool) => change({ tool })} />}
      </Field>
      <Field label="Rule">
        {(id) => (
          <Select id={id} value={draft.type} onChange={(event) => change({ type: event.target.value as RuleType })}>
            {Object.entries(RULE_NAMES).map(([type, name]) => (
              <option key={type} value={type}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Details draft={draft} tools={tools} onChange={change} />
      <Button type="submit" disabled={!rule} className="self-start">
        <Plus /> Add the rule
      </Button>
    </form>
  );
}

type ToolSelectProps = {
  id: string;
  tools: readonly string[];
  value: string;
  onChange: (tool: string) => void;
  none?: string;
};

function ToolSelect({ id, tools, value, onChange, none }: ToolSelectProps) {
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {tools.map((tool) => (
        <option key={tool}>{tool}</option>
      ))}
    </Select>
  );
}

type DetailsProps = { draft: RuleDraft; tools: readonly string[]; onChange: (part: Partial<RuleDraft>) => void };

/** What a rule of this kind needs beside its tool. */
function Details({ draft, tools, onChange }: DetailsProps) {
  switch (draft.type) {
    case "constrain_child_tools":
    case "parent_last_tool":
      return (
        <fieldset className="max-h-40 overflow-auto">
          <legend className="text-muted text-sm">These tools</legend>
          {tools.map((tool) => (
            <label key={tool} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={draft.children.includes(tool)}
                onChange={(event) =>
                  onChange({
                    children: event.target.checked
                      ? [...draft.children, tool]
                      : draft.children.filter((one) => one !== tool),
                  })
                }
              />
              <span className="truncate font-mono text-sm">{tool}</span>
            </label>
          ))}
        </fieldset>
      );
    case "conditional":
      return <Cases draft={draft} tools={tools} onChange={onChange} />;
    case "max_count_per_step":
      return (
        <Field label="Calls, at most">
          {(id) => (
            <Input
              id={id}
              type="number"
              min={1}
              value={draft.count}
              onChange={(event) => onChange({ count: event.target.value })}
            />
          )}
        </Field>
      );
    default:
      return null;
  }
}

function Cases({ draft, tools, onChange }: DetailsProps) {
  // There is always one more line to fill in.
  const cases = [...draft.cases.filter((one) => one.output !== "" || one.child !== ""), { output: "", child: "" }];
  return (
    <>
      <fieldset className="flex flex-col gap-1">
        <legend className="text-muted text-sm">When it returns this, that follows</legend>
        {cases.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone
          <div key={index} className="flex gap-1">
            <Input
              aria-label={`Return ${index + 1}`}
              className="min-w-0"
              value={one.output}
              onChange={(event) => onChange({ cases: cases.with(index, { ...one, output: event.target.value }) })}
            />
            <Select
              aria-label={`Tool after return ${index + 1}`}
              className="min-w-0"
              value={one.child}
              onChange={(event) => onChange({ cases: cases.with(index, { ...one, child: event.target.value }) })}
            >
              <option value="">Choose…</option>
              {tools.map((tool) => (
                <option key={tool}>{tool}</option>
              ))}
            </Select>
          </div>
        ))}
      </fieldset>
      <Field label="Otherwise">
        {(id) => (
          <ToolSelect
            id={id}
            tools={tools}
            value={draft.otherwise}
            onChange={(otherwise) => onChange({ otherwise })}
            none="any tool"
          />
        )}
      </Field>
    </>
  );
}
