import { isDeepStrictEqual } from "node:util";
import type { CreateTemplate, ListTemplates, SaveTemplate, UpdateTemplate, WireTemplate } from "@/lib/api/templates";
import { exportAgentFile } from "../agent-file/export-file";
import { givenAgentFile } from "../agent-file/given-file";
import { checkAgentFile } from "../agent-file/read-file";
import { randomAgentName } from "../agents/random-name";
import { projectKey, readVersion } from "../agents/template-names";
import type { Ctx } from "../core/core";
import { badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { contains } from "../core/text-filter";
import type { Sql } from "../db/database";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { type Content, type MigrationOptions, readContent, toContent, withOptions } from "./content";
import { findTemplate, type Place, readState, type TemplateRow, toWireTemplate } from "./rows";
import { settleFile } from "./settle-file";

/**
 * Makes a template with its first version. Its tools and folders are made or found at once: a template names them.
 *
 * @throws ApiError `not-found` for an unknown agent; `bad-request` for a file that is none, or a name that is taken.
 */
export async function createTemplate(ctx: Ctx, project: string | null, body: CreateTemplate): Promise<WireTemplate> {
  const name = body.name ?? randomAgentName();
  const content =
    body.type === "agent" ? await contentOfAgent(ctx, body.agent_id, null) : await contentOfFile(ctx, body);
  return toWireTemplate(await insertTemplate(ctx, { project: projectKey(project), name, content, description: null }));
}

/** What an agent is now, and those it works with, as a template's content. */
export async function contentOfAgent(ctx: Ctx, agentId: string, before: Content | null): Promise<Content> {
  const file = await exportAgentFile(ctx, agentId, { scrubMessages: true, asTemplate: true });
  return toContent(checkAgentFile(file), before);
}

async function contentOfFile(ctx: Ctx, body: Extract<CreateTemplate, { type: "agent_file" }>): Promise<Content> {
  const file = await settleFile(ctx, await givenAgentFile(ctx, body.agent_file), body.update_existing_tools ?? false);
  return toContent(file, null);
}

type NewTemplate = { project: string; name: string; content: Content; description: string | null };

async function insertTemplate(ctx: Ctx, template: NewTemplate): Promise<TemplateRow> {
  const { project, name, content, description } = template;
  const id = newId("template");
  await transact(ctx, async (sql) => {
    const made = await sql.query(INSERT_TEMPLATE, [
      id,
      ctx.actor.organizationId,
      project,
      name,
      description,
      storableJson(content),
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    if (made.length === 0) throw badRequest(`INVALID_ARGUMENT: there is a template with the name '${name}' already`);
    await addVersion(ctx, sql, id, { message: null, content });
  });
  return ctx.db.prisma.template.findFirstOrThrow({ where: { id }, omit: { content: true } });
}

const INSERT_TEMPLATE = `
INSERT INTO template (id, organization_id, project_id, name, description, content, created_by_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::timestamptz, $8::timestamptz)
ON CONFLICT DO NOTHING RETURNING id`;

async function addVersion(
  ctx: Ctx,
  sql: Sql,
  templateId: string,
  { message, content }: { message: string | null; content: Content },
): Promise<void> {
  await sql.query(ADD_VERSION, [templateId, newId("version"), message, storableJson(content), ctx.now().toISOString()]);
}

const ADD_VERSION = `
WITH head AS (UPDATE template SET latest_version = latest_version + 1, updated_at = $5::timestamptz WHERE id = $1
    RETURNING id, latest_version)
INSERT INTO template_version (id, template_id, number, message, content, created_at)
  SELECT $2, id, latest_version, $3, $4::jsonb, $5::timestamptz FROM head`;

/** The working copy under a lock, and whether it is what was last saved. @throws ApiError `not-found`. */
async function lockContent(sql: Sql, templateId: string): Promise<{ content: Content; isSaved: boolean }> {
  const [row] = await sql.query<{ content: unknown; saved: unknown }>(LOCK_CONTENT, [templateId]);
  if (!row) throw notFound("template", templateId);
  return { content: readContent(row.content), isSaved: isDeepStrictEqual(row.content, row.saved) };
}

const LOCK_CONTENT = `
SELECT t.content, (SELECT v.content FROM template_version v WHERE v.template_id = t.id ORDER BY v.number DESC LIMIT 1) AS saved
FROM template t WHERE t.id = $1 FOR UPDATE`;

async function setContent(ctx: Ctx, sql: Sql, templateId: string, content: Content): Promise<void> {
  await sql.query("UPDATE template SET content = $2::jsonb, updated_at = $3::timestamptz WHERE id = $1", [
    templateId,
    storableJson(content),
    ctx.now().toISOString(),
  ]);
}

/** Saves the working copy as a version. @returns the template as it is then. @throws ApiError `not-found`. */
export async function saveTemplate(ctx: Ctx, place: Place, body: SaveTemplate): Promise<TemplateRow> {
  const { row } = await findTemplate(ctx, place);
  await transact(ctx, async (sql) => {
    const { content } = await lockContent(sql, row.id);
    const next = withOptions(content, chosen(body));
    await setContent(ctx, sql, row.id, next);
    await addVersion(ctx, sql, row.id, { message: body.message ?? null, content: next });
  });
  return (await findTemplate(ctx, place)).row;
}

function chosen(body: SaveTemplate): Partial<MigrationOptions> {
  const given = <K extends keyof MigrationOptions>(key: K, value: boolean | null | undefined) =>
    value == null ? {} : { [key]: value };
  const { block_reconciliation_strategy: strategy } = body;
  return {
    ...given("preserveSecrets", body.preserve_environment_variables_on_migration),
    ...given("preserveMemory", body.preserve_core_memories_on_migration),
    ...given("preserveFolders", body.preserve_sources_on_migration),
    ...given("dropOtherBlocks", strategy && strategy === "reconcile-all"),
  };
}

/** Makes the working copy what a file says. @throws ApiError as `checkAgentFile`, and `not-found`. */
export async function updateTemplate(ctx: Ctx, place: Place, body: UpdateTemplate): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  const file = await settleFile(
    ctx,
    await givenAgentFile(ctx, body.agent_file_json),
    body.update_existing_tools ?? false,
  );
  await replaceContent(ctx, row, (before) => toContent(file, before), body.save_existing_changes ?? false);
}

/** Gives a template another working copy; what was not saved becomes a version first, if `saveFirst`. */
export async function replaceContent(
  ctx: Ctx,
  row: TemplateRow,
  change: (before: Content) => Content,
  saveFirst: boolean,
): Promise<void> {
  await transact(ctx, async (sql) => {
    const { content, isSaved } = await lockContent(sql, row.id);
    if (saveFirst && !isSaved) await addVersion(ctx, sql, row.id, { message: null, content });
    await setContent(ctx, sql, row.id, change(content));
  });
}

/** Makes the working copy what a version is. @throws ApiError `not-found`; `bad-request` for the working copy itself. */
export async function rollbackTemplate(ctx: Ctx, place: Place, version: string): Promise<void> {
  const wanted = readVersion(version);
  if (wanted === "current") throw badRequest("INVALID_ARGUMENT: a template can't be rolled back to its working copy");
  const { row } = await findTemplate(ctx, place);
  const { content } = await readState(ctx, row, wanted);
  await replaceContent(ctx, row, () => content, true);
}

/** @throws ApiError `not-found`; `bad-request` for a name that is taken. */
export async function forkTemplate(ctx: Ctx, place: Place, name: string | null): Promise<WireTemplate> {
  const { row, version } = await findTemplate(ctx, place);
  const { content } = await readState(ctx, row, version);
  const fork = { project: row.projectId, name: name ?? randomAgentName(), content, description: row.description };
  return toWireTemplate(await insertTemplate(ctx, fork));
}

/** @throws ApiError `not-found`; `conflict` for a name that is taken. */
export async function renameTemplate(ctx: Ctx, place: Place, name: string): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  await moveTemplate(ctx, row, { name });
}

async function moveTemplate(ctx: Ctx, row: TemplateRow, to: { name?: string; projectId?: string }): Promise<void> {
  const { organizationId } = ctx.actor;
  const next = { projectId: row.projectId, name: row.name, ...to };
  const taken = await ctx.db.prisma.template.findFirst({ where: { organizationId, ...next }, select: { id: true } });
  if (taken && taken.id !== row.id)
    throw conflict(`CONFLICT: there is a template with the name '${next.name}' already`);
  await ctx.db.prisma.template.update({ where: { id: row.id }, data: { ...to, updatedAt: ctx.now() } });
}

/** Moves a template of a project to where those without one are. @throws ApiError `bad-request` where it is there. */
export async function moveToDefaultProject(ctx: Ctx, templateId: string): Promise<void> {
  const row = await ctx.db.prisma.template.findFirst({
    where: { id: templateId, organizationId: ctx.actor.organizationId },
    omit: { content: true },
  });
  if (!row) throw notFound("template", templateId);
  if (row.projectId === "") throw badRequest("INVALID_ARGUMENT: the template is in the default project already");
  await moveTemplate(ctx, row, { projectId: "" });
}

/** @throws ApiError `not-found`. */
export async function describeTemplate(ctx: Ctx, place: Place, description: string | null): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  await ctx.db.prisma.template.update({ where: { id: row.id }, data: { description, updatedAt: ctx.now() } });
}

/** Deletes a template with its versions and deployments. What was made of it stays, and is no longer of a template. */
export async function deleteTemplate(ctx: Ctx, place: Place): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  await transact(ctx, async (sql) => {
    const none = "template_id = NULL, base_template_id = NULL, deployment_id = NULL";
    const found = await sql.query("DELETE FROM template WHERE id = $1 RETURNING id", [row.id]);
    if (found.length === 0) throw notFound("template", row.name);
    for (const statement of [
      `UPDATE block SET ${none}, entity_id = NULL WHERE base_template_id = $1 AND organization_id = $2`,
      `UPDATE agent SET ${none}, entity_id = NULL WHERE base_template_id = $1 AND organization_id = $2`,
      `UPDATE agent_group SET ${none} WHERE base_template_id = $1 AND organization_id = $2`,
    ]) {
      await sql.query(statement, [row.id, ctx.actor.organizationId]);
    }
  });
}

export async function listTemplates(ctx: Ctx, query: ListTemplates) {
  const project = query.project_id ?? query.project_slug;
  const name = query.name && (query.exact === "true" ? { equals: query.name } : contains(query.name));
  const rows = await ctx.db.prisma.template.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      AND: [
        query.template_id ? { id: query.template_id } : {},
        project ? { projectId: projectKey(project) } : {},
        name ? { name } : {},
        query.search ? { name: contains(query.search) } : {},
      ],
    },
    omit: { content: true },
    orderBy: [{ [query.sort_by === "created_at" ? "createdAt" : "updatedAt"]: "desc" }, { id: "desc" }],
    skip: query.offset,
    take: query.limit + 1,
  });
  return { templates: rows.slice(0, query.limit).map(toWireTemplate), has_next_page: rows.length > query.limit };
}

/** Newest first. @throws ApiError `not-found`. */
export async function listVersions(ctx: Ctx, place: Place, query: Pick<ListTemplates, "offset" | "limit">) {
  const { row } = await findTemplate(ctx, place);
  const [versions, total_count] = await Promise.all([
    ctx.db.prisma.templateVersion.findMany({
      where: { templateId: row.id },
      omit: { content: true },
      orderBy: { number: "desc" },
      skip: query.offset,
      take: query.limit,
    }),
    ctx.db.prisma.templateVersion.count({ where: { templateId: row.id } }),
  ]);
  return {
    versions: versions.map((version) => ({
      version: String(version.number),
      created_at: version.createdAt.toISOString(),
      ...(version.message === null ? {} : { message: version.message }),
      is_latest: version.number === row.latestVersion,
    })),
    has_next_page: query.offset + versions.length < total_count,
    total_count,
  };
}
