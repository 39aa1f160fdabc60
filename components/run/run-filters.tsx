"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { isMoment, RUN_STATUSES, type RunFilter } from "@/lib/client/run/run-filter";
import { formatExact, shortId } from "@/lib/client/screen/format";
import { AgentSelect } from "../agent/agent-select";
import { Input, Select } from "../ui/input";

const TYPING_MS = 400;

type RunFiltersProps = { filter: RunFilter; onChange: (changes: RunFilter) => void; children: ReactNode };

/** What the list of runs is narrowed to: fields for what is typed or chosen, and what an address brought along. */
export function RunFilters({ filter, onChange, children }: RunFiltersProps) {
  const { agentId } = filter;
  const name = useQuery({ ...agentNameQuery(agentId ?? ""), enabled: agentId !== undefined }).data;
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <h2 className="mr-auto w-full font-medium lg:w-auto">Recent</h2>
        <SearchField value={filter.search ?? ""} onChange={(search) => onChange({ search: search || undefined })} />
        <AgentSelect
          label="Filter by agent"
          none="All agents"
          value={agentId ? { id: agentId, name: name ?? "An agent" } : null}
          onChange={(agent) => onChange({ agentId: agent?.id })}
          className="w-full sm:w-40"
        />
        <Select
          aria-label="Filter by status"
          className="w-auto flex-1 sm:flex-none"
          value={filter.status ?? ""}
          onChange={(event) => onChange({ status: RUN_STATUSES.find((one) => one === event.target.value) })}
        >
          <option value="">Any status</option>
          {RUN_STATUSES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
        {(["from", "to"] as const).map((side) => (
          <span key={side} className="flex flex-1 items-center gap-1 text-muted text-sm sm:flex-none">
            <span aria-hidden>{side}</span>
            <Input
              type="date"
              aria-label={side === "from" ? "From day" : "To day"}
              className="w-auto flex-1"
              value={isMoment(filter[side]) ? "" : (filter[side] ?? "")}
              onChange={(event) => onChange({ [side]: event.target.value || undefined, days: undefined })}
            />
          </span>
        ))}
        {children}
      </div>
      <Chips filter={filter} onChange={onChange} />
    </>
  );
}

/** What has no field of its own, each with a way to leave it out. */
function Chips({ filter, onChange }: Omit<RunFiltersProps, "children">) {
  const { model, tool, userId, from, to, days } = filter;
  const moments = [isMoment(from) ? `from ${formatExact(from)}` : "", isMoment(to) ? `before ${formatExact(to)}` : ""];
  const span = moments.filter(Boolean).join(" ");
  const chips: [what: string, change: RunFilter][] = [
    ...(model ? ([[`Model ${model}`, { model: undefined }]] as const) : []),
    ...(tool ? ([[`Tool ${tool}`, { tool: undefined }]] as const) : []),
    ...(userId ? ([[`For user ${shortId(userId)}`, { userId: undefined }]] as const) : []),
    ...(span ? ([[`Begun ${span}`, { from: undefined, to: undefined }]] as const) : []),
    ...(days ? ([[days === 1 ? "Last 24 hours" : `Last ${days} days`, { days: undefined }]] as const) : []),
  ].map(([what, change]) => [what, change]);
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Also filtered by" className="mb-2 flex flex-wrap gap-1">
      {chips.map(([what, change]) => (
        <li key={what}>
          <button
            type="button"
            className="flex items-center gap-1 rounded-md border border-line bg-panel px-2 text-left text-sm hover:bg-hover [&_svg]:size-3"
            aria-label={`Without: ${what}`}
            onClick={() => onChange(change)}
          >
            {what} <X aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Tells what is typed once typing pauses, and shows what the address says when that changes otherwise. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <Input
      aria-label="Search in what was said"
      placeholder="Search in what was said"
      className="w-full sm:w-52"
      value={text}
      onChange={(event) => {
        const next = event.target.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          told.current = next.trim();
          onChange(next.trim());
        }, TYPING_MS);
      }}
    />
  );
}
