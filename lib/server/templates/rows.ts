import type { WireTemplate } from "@/lib/api/templates";
import { DEFAULT_PROJECT, projectKey, readRef, type Wanted } from "../agents/template-names";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import type { Prisma } from "../db/generated/client";
import type { TemplateModel, TemplateVersionModel } from "../db/generated/models";
import { type Content, readContent } from "./content";

/** What a template is without its content, which may be large. */
export type TemplateRow = Omit<TemplateModel, "content">;

/** Where a template is looked for: in a project, or, for null, wherever there is one of its name. */
export type Place = { project: string | null; ref: string };

export function toWireTemplate(row: TemplateRow): WireTemplate {
  const project = row.projectId || DEFAULT_PROJECT;
  return {
    name: row.name,
    id: row.id,
    project_id: project,
    project_slug: project,
    latest_version: String(row.latestVersion),
    ...(row.description === null ? {} : { description: row.description }),
    template_deployment_slug: `${project}/${row.name}:${row.latestVersion}`,
    updated_at: row.updatedAt.toISOString(),
  };
}

/**
 * The template that a path means, and which state of it. Without a project, one that is in none comes first.
 *
 * @throws ApiError `not-found`; `conflict` where several projects have it and none is named.
 */
export async function findTemplate(ctx: Ctx, { project, ref }: Place): Promise<{ row: TemplateRow; version: Wanted }> {
  const { name, version } = readRef(ref);
  const where: Prisma.TemplateWhereInput = { organizationId: ctx.actor.organizationId, name };
  const rows = await ctx.db.prisma.template.findMany({
    where: project === null ? where : { ...where, projectId: projectKey(project) },
    omit: { content: true },
    orderBy: { projectId: "asc" },
    take: 2,
  });
  const [first, second] = rows;
  if (!first) throw notFound("template", name);
  if (second && first.projectId !== "") {
    throw conflict(`CONFLICT: several projects have a template '${name}': name the project`);
  }
  return { row: first, version };
}

/** A state of a template. `number` is 0 for the working copy, and `id` is then the template's own. */
export type TemplateState = { id: string; number: number; content: Content };

/** @throws ApiError `not-found` for a version that there is not. */
export async function readState(ctx: Ctx, row: TemplateRow, wanted: Wanted): Promise<TemplateState> {
  if (wanted === "current") {
    const { content } = await ctx.db.prisma.template.findFirstOrThrow({
      where: { id: row.id },
      select: { content: true },
    });
    return { id: row.id, number: 0, content: readContent(content) };
  }
  const version = await readVersionRow(ctx, row, wanted);
  return { id: version.id, number: version.number, content: readContent(version.content) };
}

async function readVersionRow(ctx: Ctx, row: TemplateRow, wanted: number | "latest"): Promise<TemplateVersionModel> {
  const version = await ctx.db.prisma.templateVersion.findFirst({
    where: { templateId: row.id, ...(wanted === "latest" ? {} : { number: wanted }) },
    orderBy: { number: "desc" },
  });
  if (!version) throw notFound("template version", `${row.name}:${wanted}`);
  return version;
}
