"use client";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { ApiError } from "@/lib/client/api-error";
import { operation } from "@/lib/client/code";
import { type AgentTemplate, templateQuery, versionPlace } from "@/lib/client/template-queries";
import { useTemplateChanges } from "@/lib/client/use-template-changes";
import { AppHeader } from "../shell/app-header";
import { Ago, CopyButton, Id } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteTemplate } from "./delete-template";
import { DeployForm } from "./deploy-form";
import { Deployments } from "./deployments";
import { EditTemplate } from "./edit-template";
import { TemplateVersions } from "./template-versions";
import { WorkingCopy } from "./working-copy";

/** One template: agents made of it, its working copy, its versions. */
export function TemplatePage({ templateId }: { templateId: string }) {
  const template = useQuery(templateQuery(templateId));
  const name = template.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · Memoir`;
  }, [name]);
  return (
    <>
      <AppHeader code={template.data ? codeOf(template.data) : []} />
      <main className="min-h-0 flex-1 overflow-auto">
        {template.data ? (
          <Content template={template.data} />
        ) : template.isError ? (
          <Missing error={template.error} onRetry={() => void template.refetch()} />
        ) : (
          <SkeletonRows rows={12} label="Loading the template" />
        )}
      </main>
    </>
  );
}

function codeOf(template: AgentTemplate) {
  return [
    operation("templates.agents.create", {
      method: "post",
      path: "/v1/templates/{template_version}/agents",
      params: { template_version: `${template.name}:latest` },
      body: { memory_variables: {} },
    }),
    operation("templates.save", {
      method: "post",
      path: "/v1/templates/{template_name}/save",
      params: { template_name: template.name },
    }),
    operation("templates.snapshot", {
      method: "get",
      path: "/v1/templates/{project_id}/{template_version}/snapshot",
      params: versionPlace(template, "latest"),
      named: false,
    }),
  ];
}

function Missing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const gone = error instanceof ApiError && [404, 422].includes(error.status);
  return (
    <>
      <Problem error={error} {...(gone ? {} : { onRetry })} />
      <Button asChild className="ml-3">
        <Link href="/templates">All templates</Link>
      </Button>
    </>
  );
}

function Content({ template }: { template: AgentTemplate }) {
  const router = useRouter();
  const changes = useTemplateChanges(template);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="text-muted text-sm">
            <Link href="/templates" className="hover:underline">
              Templates
            </Link>{" "}
            /
          </p>
          <h1 className="break-words font-semibold text-xl">{template.name}</h1>
          {template.description && <p className="break-words text-muted">{template.description}</p>}
        </div>
        <div className="flex gap-2">
          <Button onClick={() => setEditing(true)}>
            <Pencil /> Rename
          </Button>
          <Button tone="danger" onClick={() => setDeleting(true)}>
            <Trash2 /> Delete
          </Button>
        </div>
      </div>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_320px]">
        <div className="flex min-w-0 flex-col gap-8">
          <DeployForm template={template} />
          <WorkingCopy template={template} changes={changes} />
        </div>
        <div className="flex min-w-0 flex-col gap-8">
          <Deployments template={template} migrate={changes.migrate} />
          <TemplateVersions template={template} rollback={changes.rollback} />
          <About template={template} />
        </div>
      </div>
      {editing && <EditTemplate template={template} edit={changes.edit} onClose={() => setEditing(false)} />}
      <DeleteTemplate
        template={deleting ? template : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/templates")}
      />
    </div>
  );
}

function About({ template }: { template: AgentTemplate }) {
  const { template_deployment_slug: slug } = template;
  return (
    <section aria-label="About the template" className="flex flex-col gap-2">
      <h2 className="font-medium text-lg">About</h2>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">Programs call it</dt>
        <dd className="flex min-w-0 items-center gap-1">
          <code className="min-w-0 break-all font-mono">{slug}</code>
          <CopyButton text={slug} label="Copy the name" />
        </dd>
        <dt className="text-muted">Changed</dt>
        <dd>
          <Ago at={template.updated_at} />
        </dd>
        <dt className="text-muted">Id</dt>
        <dd>
          <Id id={template.id} />
        </dd>
      </dl>
    </section>
  );
}
