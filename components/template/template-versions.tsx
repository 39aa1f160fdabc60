"use client";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { type AgentTemplate, templateVersionsQuery } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

type TemplateVersionsProps = { template: AgentTemplate; rollback: TemplateChanges["rollback"] };

/** What was saved, newest first. Any version can become the working copy; what was not saved is saved first. */
export function TemplateVersions({ template, rollback }: TemplateVersionsProps) {
  const versions = useQuery(templateVersionsQuery(template));
  return (
    <section aria-label="Versions" className="flex flex-col gap-2">
      <h2 className="font-medium text-lg">
        Versions {versions.data && <span className="font-normal text-muted text-sm">{versions.data.total_count}</span>}
      </h2>
      {versions.isError && <Problem error={versions.error} onRetry={() => void versions.refetch()} className="m-0" />}
      {rollback.isError && <Problem error={rollback.error} className="m-0" />}
      {rollback.isSuccess && (
        <p role="status" className="text-sm">
          The working copy is v{rollback.variables} now. Save it to make it the newest version.
        </p>
      )}
      {versions.isPending && <SkeletonRows rows={3} label="Loading versions" />}
      <ol className="max-h-96 overflow-auto">
        {versions.data?.versions.map(({ version, message, created_at, is_latest }) => (
          <li key={version} className="flex items-center gap-2 border-line border-b py-1.5">
            <span className="w-8 shrink-0 font-medium">v{version}</span>
            <span className="min-w-0 flex-1">
              <span className="block truncate" title={message}>
                {message ?? <span className="text-muted">no message</span>}
              </span>
              <Ago at={created_at} className="text-muted text-xs" />
            </span>
            {is_latest && <Badge>newest</Badge>}
            <Button
              needs="templates.rollback"
              tone="ghost"
              size="icon-sm"
              aria-label={`Make v${version} the working copy`}
              title="Make it the working copy"
              disabled={rollback.isPending}
              onClick={() => rollback.mutate(version)}
            >
              <RotateCcw />
            </Button>
          </li>
        ))}
      </ol>
    </section>
  );
}
