"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { agentVersionsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { AgentVersion } from "@/lib/client/api/wire";
import { Ago, SectionHead } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** How an agent came to be what it is: every change of its settings, with a way back. */
export function AgentVersions({ agentId, onStep }: { agentId: string; onStep: (stepId: string) => void }) {
  const client = useQueryClient();
  const versions = usePaged(agentVersionsList(agentId));
  // The newest is the only one whose number says how many there are.
  const count = versions.items?.[0]?.number;
  const restore = useMutation({
    mutationFn: (versionId: string) => {
      const path = { agent_id: agentId, version_id: versionId };
      return unwrap(api.POST("/v1/agents/{agent_id}/versions/{version_id}/restore", { params: { path } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: queryKeys.agent(agentId) }),
  });
  return (
    <section aria-label="Versions of the agent" className="border-line border-t">
      <SectionHead title="Versions" note={count} />
      {versions.error && <Problem error={versions.error} onRetry={versions.refetch} />}
      {!versions.items && !versions.error && <SkeletonRows rows={3} label="Loading versions" />}
      {restore.isError && <Problem error={restore.error} />}
      <ol>
        {versions.items?.map((version, index) => (
          <li key={version.id} className="flex items-center gap-2 py-1 pr-2 pl-3 text-sm">
            <span className="w-7 shrink-0 font-medium">v{version.number}</span>
            <span className="min-w-0 flex-1">
              <span className="block truncate">{changeOf(version, versions.items?.[index + 1])}</span>
              <span className="flex gap-2 text-muted">
                <CauseLine cause={version.cause} onStep={onStep} />
                <Ago at={version.created_at} />
              </span>
            </span>
            {index > 0 && (
              <Button
                needs="agents.restoreVersion"
                tone="ghost"
                size="icon-sm"
                aria-label={`Restore version ${version.number}`}
                title="Restore"
                disabled={restore.isPending}
                onClick={() => restore.mutate(version.id)}
              >
                <RotateCcw />
              </Button>
            )}
          </li>
        ))}
      </ol>
      <div className="px-3">
        <ListEnd list={versions} what="versions" total={count} />
      </div>
    </section>
  );
}

/** What a version changed of the one before: the keys that differ. */
function changeOf(version: AgentVersion, previous: AgentVersion | undefined): string {
  if (!previous) return version.operation;
  const keys = Object.keys(version.config).filter(
    (key) => JSON.stringify(version.config[key]) !== JSON.stringify(previous.config[key]),
  );
  return keys.length > 0 ? `${version.operation}: ${keys.join(", ")}` : version.operation;
}
