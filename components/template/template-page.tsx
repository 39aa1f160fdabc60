"use client";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { type AgentTemplate, templateQuery, versionPlace } from "@/lib/client/template/template-queries";
import { useTemplateChanges } from "@/lib/client/template/use-template-changes";
import { Ago, CopyButton, Id } from "../shell/bits";
import { DetailColumns, DetailHead, DetailPage } from "../shell/detail-page";
import { Button } from "../ui/button";
import { DeleteTemplate } from "./delete-template";
import { DeployForm } from "./deploy-form";
import { Deployments } from "./deployments";
import { EditTemplate } from "./edit-template";
import { TemplateVersions } from "./template-versions";
import { WorkingCopy } from "./working-copy";

const TEMPLATES = { href: "/templates", name: "Templates" };

/** One template: agents made of it, its working copy, its versions. */
export function TemplatePage({ templateId }: { templateId: string }) {
  const template = useQuery(templateQuery(templateId));
  return (
    <DetailPage
      record={template}
      list={TEMPLATES}
      what="the template"
      code={template.data ? codeOf(template.data) : []}
    >
      {(shown) => <Content template={shown} />}
    </DetailPage>
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

function Content({ template }: { template: AgentTemplate }) {
  const router = useRouter();
  const changes = useTemplateChanges(template);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <DetailHead
        list={TEMPLATES}
        title={<span className="min-w-0 break-words">{template.name}</span>}
        note={template.description}
      >
        <Button needs="templates.updateInProject" onClick={() => setEditing(true)}>
          <Pencil /> Rename
        </Button>
        <Button needs="templates.delete" tone="danger" onClick={() => setDeleting(true)}>
          <Trash2 /> Delete
        </Button>
      </DetailHead>
      <DetailColumns
        width="md"
        gap="gap-8"
        aside={
          <>
            <Deployments template={template} migrate={changes.migrate} />
            <TemplateVersions template={template} rollback={changes.rollback} />
            <About template={template} />
          </>
        }
      >
        <DeployForm template={template} />
        <WorkingCopy template={template} changes={changes} />
      </DetailColumns>
      {editing && <EditTemplate template={template} edit={changes.edit} onClose={() => setEditing(false)} />}
      <DeleteTemplate
        template={deleting ? template : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/templates")}
      />
    </>
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
