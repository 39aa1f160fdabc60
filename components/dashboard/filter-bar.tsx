"use client";
import { useQuery } from "@tanstack/react-query";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { modelsQuery } from "@/lib/client/api/server-queries";
import { type DashboardFilter, SPANS } from "@/lib/client/usage/dashboard-filter";
import { AgentSelect } from "../agent/agent-select";
import { Button } from "../ui/button";
import { Input, Select } from "../ui/input";

type FilterBarProps = { filter: DashboardFilter; onChange: (filter: DashboardFilter) => void };

/** What span is shown, and of whom. */
export function FilterBar({ filter, onChange }: FilterBarProps) {
  const { agentId, model } = filter;
  const name = useQuery({ ...agentNameQuery(agentId ?? ""), enabled: agentId !== undefined }).data;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <h1 className="mr-auto w-full font-semibold text-xl lg:w-auto">Dashboard</h1>
      {/* biome-ignore lint/a11y/useSemanticElements: buttons of one choice, not fields of a form. */}
      <div role="group" aria-label="Span" className="flex flex-wrap gap-1">
        {SPANS.map(({ days, name: label }) => (
          <Button
            key={days}
            size="sm"
            tone={filter.days === days ? "primary" : "plain"}
            aria-pressed={filter.days === days}
            onClick={() => onChange({ agentId, model, days })}
          >
            {label}
          </Button>
        ))}
        <Button
          size="sm"
          tone={filter.days === null ? "primary" : "plain"}
          aria-pressed={filter.days === null}
          onClick={() => onChange({ agentId, model, days: null, ...lastWeek() })}
        >
          Custom
        </Button>
      </div>
      {filter.days === null && <CustomSpan filter={filter} onChange={onChange} />}
      <AgentSelect
        label="Filter by agent"
        none="All agents"
        className="w-full sm:w-44"
        value={agentId ? { id: agentId, name: name ?? "An agent" } : null}
        onChange={(agent) => onChange({ ...filter, agentId: agent?.id })}
      />
      <ModelSelect value={model} onChange={(next) => onChange({ ...filter, model: next })} />
    </div>
  );
}

function CustomSpan({ filter, onChange }: FilterBarProps) {
  return (
    <div className="flex items-center gap-1 text-muted text-sm">
      {(["from", "to"] as const).map((side) => (
        <Input
          key={side}
          type="date"
          required
          aria-label={side === "from" ? "From day (UTC)" : "To day (UTC)"}
          className="w-auto"
          {...(side === "from" ? { max: filter.to } : { min: filter.from })}
          value={filter[side] ?? ""}
          onChange={(event) => event.target.value && onChange({ ...filter, [side]: event.target.value })}
        />
      ))}
    </div>
  );
}

/** Models that can be asked now, and the one that is chosen, which may be of the past. */
function ModelSelect({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (model: string | undefined) => void;
}) {
  const models = useQuery(modelsQuery()).data ?? [];
  const handles = [...new Set([...models.map((one) => one.handle), ...(value ? [value] : [])])].filter(
    (handle) => typeof handle === "string",
  );
  return (
    <Select
      aria-label="Filter by model"
      className="w-full sm:w-44"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      <option value="">All models</option>
      {handles.map((handle) => (
        <option key={handle}>{handle}</option>
      ))}
    </Select>
  );
}

const DAY_MS = 86_400_000;

function lastWeek(): { from: string; to: string } {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { from: day(Date.now() - 6 * DAY_MS), to: day(Date.now()) };
}
