"use client";
import type { ReactNode } from "react";
import type { StateAt } from "@/lib/client/api/wire";
import { Ago, SectionHead } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { DemoLabel } from "../shell/demo-label";
import { ScrollText } from "../ui/scroll-text";
import { AgentWorkspace } from "./agent-workspace";
import { PastFiles } from "./past-files";

/** What the agent was as of a step: read only. */
export function PastAgentPane({ state, onStep }: { state: StateAt; onStep: (stepId: string) => void }) {
  const { agent_version: version, tools, archives, identities } = state;
  const { model, system, folderIds } = readConfig(version.config);
  return (
    <section aria-label="Agent as of the step" className="h-full overflow-auto">
      <SectionHead title="Agent" note={`version ${version.number}`} />
      <dl className="flex flex-col gap-2 px-3 pb-3">
        <Entry name="Model">
          {model} <DemoLabel model={model} />
        </Entry>
        <Entry name="This version was made">
          <CauseLine cause={version.cause} onStep={onStep} />
        </Entry>
        <Entry name="At">
          <Ago at={state.at} />
        </Entry>
        <Entry name="System prompt">
          <ScrollText label="System prompt" className="max-h-80 rounded-md border border-line">
            {system}
          </ScrollText>
        </Entry>
      </dl>
      <SectionHead title="Tools" note={tools.length} />
      <ul className="pb-2">
        {tools.map((tool) => (
          <li key={tool.name} className="truncate px-3 py-0.5 font-mono text-sm" title={tool.description}>
            {tool.name}
          </li>
        ))}
      </ul>
      <Had title="Archives" all={archives} />
      <Had title="Identities" all={identities} />
      {folderIds.length > 0 && <PastFiles stepId={state.step_id} folderIds={folderIds} />}
      <AgentWorkspace agentId={state.agent_id} past={{ stepId: state.step_id, moment: state.moment }} onStep={onStep} />
    </section>
  );
}

/** What was attached then; nothing where nothing was. */
function Had({ title, all }: { title: string; all: StateAt["archives"] }) {
  if (all.length === 0) return null;
  return (
    <section aria-label={`${title} as of the step`}>
      <SectionHead title={title} note={all.length} />
      <ul className="pb-2">
        {all.map(({ id, name, assumed }) => (
          <li key={id} className="truncate px-3 py-0.5 text-sm" title={id}>
            {name} {assumed && <span className="text-muted">(assumed: nothing was recorded of when it came)</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-sm">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function readConfig(config: Record<string, unknown>): { model: string; system: string; folderIds: string[] } {
  const text = (key: string) => (typeof config[key] === "string" ? (config[key] as string) : "");
  const ids: unknown[] = Array.isArray(config.folder_ids) ? config.folder_ids : [];
  return {
    model: text("model"),
    system: text("system"),
    folderIds: ids.filter((id): id is string => typeof id === "string"),
  };
}
