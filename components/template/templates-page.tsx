"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { type AgentTemplate, templatesQuery } from "@/lib/client/template/template-queries";
import { Ago, Empty } from "../shell/bits";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteTemplate } from "./delete-template";
import { NewTemplate } from "./new-template";

/** Every template: what agents are made of again and again, in versions. */
export function TemplatesPage() {
  const templates = useQuery(templatesQuery());
  const [creating, setCreating] = useState(false);
  const [doomed, setDoomed] = useState<AgentTemplate | null>(null);
  return (
    <>
      <ListPage
        title="Templates"
        code={[
          operation("templates.list", { method: "get", path: "/v1/templates", named: false }),
          operation("templates.create", {
            method: "post",
            path: "/v1/templates",
            body: { type: "agent", agent_id: "agent-…", name: "support" },
          }),
        ]}
        action={
          <Button needs="templates.create" tone="primary" onClick={() => setCreating(true)}>
            <Plus /> New template
          </Button>
        }
      >
        {templates.data ? (
          <TemplateTable templates={templates.data} onNew={() => setCreating(true)} onDelete={setDoomed} />
        ) : templates.isError ? (
          <Problem error={templates.error} onRetry={() => void templates.refetch()} className="m-0" />
        ) : (
          <SkeletonRows rows={9} label="Loading templates" />
        )}
      </ListPage>
      <NewTemplate open={creating} onOpenChange={setCreating} />
      <DeleteTemplate template={doomed} onClose={() => setDoomed(null)} />
    </>
  );
}

type TableProps = {
  templates: readonly AgentTemplate[];
  onNew: () => void;
  onDelete: (template: AgentTemplate) => void;
};

function TemplateTable({ templates, onNew, onDelete }: TableProps) {
  if (templates.length === 0) {
    return (
      <Empty
        title="No templates yet"
        action={
          <Button needs="templates.create" tone="primary" onClick={onNew}>
            <Plus /> Make one of an agent
          </Button>
        }
      >
        A template is an agent to copy: one per customer, one per ticket. Write {"{{name}}"} in its prompt or its blocks
        for what differs. Versions are saved, and its agents can be moved to a new one.
      </Empty>
    );
  }
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-muted text-sm">
        <tr className="border-line border-b">
          <th className="py-1.5 pr-3 font-normal">Name</th>
          <th className="py-1.5 pr-3 text-right font-normal">Version</th>
          <th className="hidden py-1.5 pr-3 font-normal sm:table-cell">Project</th>
          <th className="hidden py-1.5 pr-3 text-right font-normal sm:table-cell">Changed</th>
          <th className="w-8 py-1.5">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {templates.map((template) => (
          <tr key={template.id} className="border-line border-b hover:bg-hover">
            <td className="w-full max-w-0 py-2 pr-3">
              <Link href={`/templates/${template.id}`} className="block truncate font-medium hover:underline">
                {template.name}
              </Link>
              {template.description && (
                <span className="block truncate text-muted text-sm">{template.description}</span>
              )}
            </td>
            <td className="whitespace-nowrap py-2 pr-3 text-right">v{template.latest_version}</td>
            <td className="hidden max-w-40 truncate py-2 pr-3 text-sm sm:table-cell">{template.project_id}</td>
            <td className="hidden whitespace-nowrap py-2 pr-3 text-right text-sm sm:table-cell">
              <Ago at={template.updated_at} />
            </td>
            <td className="py-2">
              <Button
                needs="templates.delete"
                tone="ghost"
                size="icon-sm"
                aria-label={`Delete ${template.name}`}
                onClick={() => onDelete(template)}
              >
                <Trash2 />
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
