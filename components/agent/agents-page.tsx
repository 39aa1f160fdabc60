"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus, Search, Upload } from "lucide-react";
import { useDeferredValue, useRef, useState } from "react";
import { agentCountQuery, agentsList, tagsQuery } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import type { Agent } from "@/lib/client/api/wire";
import { useFileDrop } from "@/lib/client/folder/use-file-drop";
import { useAddressParam } from "@/lib/client/screen/use-address";
import { DropOverlay } from "../folder/drop-overlay";
import { Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { AgentRow } from "./agent-row";
import { DeleteAgent } from "./delete-agent";
import { ExportAgent } from "./export-agent";
import { ImportAgent } from "./import-agent";
import { NewAgentDialog } from "./new-agent";

/** Every agent: search, tags, model, last run; a new one from a template or a file; export, deletion. */
export function AgentsPage() {
  const [text, setText] = useState("");
  const [tag, setTag] = useState<string | null>(null);
  const query = useDeferredValue(text.trim());
  const agents = usePaged(agentsList({ query, tag }));
  const isFiltered = query !== "" || tag !== null;
  const count = useQuery({ ...agentCountQuery(), enabled: agents.hasMore && !isFiltered }).data;
  const tags = useQuery(tagsQuery());
  const [doomed, setDoomed] = useState<Agent | null>(null);
  const [exported, setExported] = useState<Agent | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [creating, setCreating] = useNewAgent();
  const over = useFileDrop((files) => setFile(files[0] ?? null));

  return (
    <>
      <ListPage
        title="Agents"
        code={[operation("agents.list", { method: "get", path: "/v1/agents", query: listed(query, tag) })]}
        action={
          <>
            <div className="relative w-full sm:w-56">
              <Search className="absolute top-1.5 left-2 size-4 text-faint" aria-hidden />
              <Input
                aria-label="Search agents by name"
                placeholder="Search by name"
                className="pl-7"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </div>
            <Select
              aria-label="Filter by tag"
              className="w-auto flex-1 sm:flex-none"
              value={tag ?? ""}
              onChange={(event) => setTag(event.target.value || null)}
            >
              <option value="">All tags</option>
              {tags.data?.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
            <ImportButton onFile={setFile} />
            <Button needs="agents.create" tone="primary" onClick={() => setCreating(true)}>
              <Plus /> New agent
            </Button>
          </>
        }
      >
        <AgentTable
          agents={agents.items}
          error={agents.error}
          onRetry={agents.refetch}
          filtered={isFiltered}
          onNew={() => setCreating(true)}
          onExport={setExported}
          onDelete={setDoomed}
        />
        <ListEnd list={agents} what="agents" total={isFiltered ? undefined : count} />
      </ListPage>
      <DropOverlay shown={over}>Drop an agent file (.af) to import it</DropOverlay>
      <ImportAgent file={file} onClose={() => setFile(null)} />
      <ExportAgent agent={exported} onClose={() => setExported(null)} />
      <NewAgentDialog open={creating} onOpenChange={setCreating} />
      <DeleteAgent agent={doomed} onClose={() => setDoomed(null)} />
    </>
  );
}

function ImportButton({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        needs="agents.importFile"
        title="Or drop a file anywhere on the page"
        onClick={() => input.current?.click()}
      >
        <Upload /> Import
      </Button>
      <input
        ref={input}
        type="file"
        accept=".af,.json,application/json"
        tabIndex={-1}
        aria-label="Agent file to import"
        className="sr-only"
        onChange={(event) => {
          const picked = event.target.files?.[0];
          if (picked) onFile(picked);
          // The same file may be picked again.
          event.target.value = "";
        }}
      />
    </>
  );
}

/** As the list on the page was asked for. */
const listed = (query: string, tag: string | null) => ({
  limit: 50,
  ...(query ? { query_text: query } : {}),
  ...(tag ? { tags: [tag] } : {}),
});

/** Whether the URL says `?new=1`, and a way to change that. */
function useNewAgent(): [boolean, (open: boolean) => void] {
  const [asked, ask] = useAddressParam("new");
  return [asked === "1", (open) => ask(open ? "1" : null)];
}

type TableProps = {
  agents: readonly Agent[] | undefined;
  error: unknown;
  onRetry: () => void;
  filtered: boolean;
  onNew: () => void;
  onExport: (agent: Agent) => void;
  onDelete: (agent: Agent) => void;
};

function AgentTable({ agents, error, onRetry, filtered, onNew, onExport, onDelete }: TableProps) {
  if (!agents) {
    return error ? <Problem error={error} onRetry={onRetry} /> : <SkeletonRows rows={9} label="Loading agents" />;
  }
  if (agents.length === 0) {
    return filtered ? (
      <Empty title="No agent matches">Change the search or choose another tag.</Empty>
    ) : (
      <Empty
        title="No agents yet"
        action={
          <Button needs="agents.create" tone="primary" onClick={onNew}>
            <Plus /> Make the first one
          </Button>
        }
      >
        An agent has instructions, tools and memory that it edits itself. Start from a template; everything can be
        changed later, and every change is kept.
      </Empty>
    );
  }
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-muted text-sm">
        <tr className="border-line border-b">
          <th className="py-1.5 pr-3 font-normal">Name</th>
          <th className="hidden py-1.5 pr-3 font-normal sm:table-cell">Model</th>
          <th className="hidden py-1.5 pr-3 font-normal md:table-cell">Tags</th>
          <th className="py-1.5 pr-3 text-right font-normal">Last run</th>
          <th className="w-14 py-1.5">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <AgentRow key={agent.id} agent={agent} onExport={() => onExport(agent)} onDelete={() => onDelete(agent)} />
        ))}
      </tbody>
    </table>
  );
}
