"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { shortId } from "@/lib/client/screen/format";
import { type Deployment, deploymentsOf } from "@/lib/client/template/template-content";
import { type AgentTemplate, templateAgentsQuery } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { MigrateDialog } from "./migrate-dialog";

type DeploymentsProps = { template: AgentTemplate; migrate: TemplateChanges["migrate"] };

/** The agents that were made of a template, by the request that made them; each can be moved to another version. */
export function Deployments({ template, migrate }: DeploymentsProps) {
  const agents = useQuery(templateAgentsQuery(template.id));
  const [moving, setMoving] = useState<Deployment | null>(null);
  const deployments = agents.data && deploymentsOf(agents.data);
  return (
    <section aria-label="Deployments" className="flex flex-col gap-2">
      <h2 className="font-medium text-lg">
        Deployments {deployments && <span className="font-normal text-muted text-sm">{deployments.length}</span>}
      </h2>
      {agents.isError && <Problem error={agents.error} onRetry={() => void agents.refetch()} className="m-0" />}
      {agents.isPending && <SkeletonRows rows={3} label="Loading deployments" />}
      {deployments?.length === 0 && <p className="text-muted">No agent was made of it yet.</p>}
      <ul className="max-h-96 overflow-auto">
        {deployments?.map((one) => (
          <li key={one.id} className="flex items-center gap-2 border-line border-b py-1.5">
            <div className="min-w-0 flex-1">
              {one.agents.map((agent) => (
                <Link key={agent.id} href={`/agents/${agent.id}`} className="block truncate hover:underline">
                  {agent.name}
                </Link>
              ))}
              <p className="text-muted text-xs" title={one.id}>
                {shortId(one.id)} · <Ago at={one.at} />
              </p>
            </div>
            <Button
              needs="templates.migrateDeployment"
              size="sm"
              aria-label={`Move ${one.agents[0]?.name ?? "it"} to another version`}
              onClick={() => setMoving(one)}
            >
              Move…
            </Button>
          </li>
        ))}
      </ul>
      {moving && (
        <MigrateDialog template={template} deployment={moving} migrate={migrate} onClose={() => setMoving(null)} />
      )}
    </section>
  );
}
