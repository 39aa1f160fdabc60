import { fileToolSchema } from "@/lib/api/agent-file";
import type { TemplateSnapshot } from "@/lib/api/template-snapshot";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { ensureBuiltinTools } from "../tools/builtin-tools";
import { toWireTool } from "../tools/tools";
import { findTemplate, type Place, readState } from "./rows";
import { fromSnapshot, type Known, toSnapshot } from "./snapshot";
import { replaceContent } from "./templates";

/** @throws ApiError `not-found` for an unknown template or version. */
export async function readSnapshot(ctx: Ctx, place: Place): Promise<TemplateSnapshot> {
  const { row, version } = await findTemplate(ctx, place);
  const { content, number } = await readState(ctx, row, version);
  await ensureBuiltinTools(ctx);
  const names = [...content.tools.map((tool) => tool.name), ...content.agents.flatMap((agent) => agent.tools)];
  const tools = await ctx.db.prisma.tool.findMany({
    where: { organizationId: ctx.actor.organizationId, name: { in: names } },
    select: { id: true, name: true },
  });
  const toolIdOf = new Map(tools.map((tool) => [tool.name, tool.id]));
  return toSnapshot(content, number === 0 ? "current" : String(number), toolIdOf);
}

/**
 * Makes the working copy what a snapshot says.
 *
 * @throws ApiError `not-found` for an unknown template, tool or folder.
 */
export async function setSnapshot(ctx: Ctx, place: Place, snapshot: TemplateSnapshot): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  const known = await readKnown(ctx, snapshot);
  await replaceContent(ctx, row, (before) => fromSnapshot(snapshot, before, known), false);
}

async function readKnown(ctx: Ctx, snapshot: TemplateSnapshot): Promise<Known> {
  const mine = { organizationId: ctx.actor.organizationId };
  const toolIds = [...new Set(snapshot.agents.flatMap((agent) => agent.toolIds ?? []))];
  const folderIds = [...new Set(snapshot.agents.flatMap((agent) => agent.sourceIds ?? []))];
  const [tools, folders] = await Promise.all([
    ctx.db.prisma.tool.findMany({ where: { id: { in: toolIds }, ...mine } }),
    ctx.db.prisma.folder.findMany({ where: { id: { in: folderIds }, ...mine }, select: { id: true, name: true } }),
  ]);
  const missing = toolIds.find((id) => !tools.some((tool) => tool.id === id));
  if (missing) throw notFound("tool", missing);
  const noFolder = folderIds.find((id) => !folders.some((folder) => folder.id === id));
  if (noFolder) throw notFound("source", noFolder);
  return { tools: tools.map((tool) => fileToolSchema.parse(toWireTool(tool))), folders };
}
