import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import type { StateAt } from "./state";

type Notes = { notes: string[]; toolIds: string[]; folderIds: string[] };

/** What of a state can't be had again: tools and folders that are gone or were changed since, in words. */
export async function lostSince(ctx: Ctx, state: StateAt): Promise<Notes> {
  const { config } = state.agentVersion;
  const since = state.bound.at;
  const mine = { organizationId: ctx.actor.organizationId };
  const [tools, files] = await Promise.all([
    ctx.db.prisma.tool.findMany({
      where: { ...mine, id: { in: config.toolIds } },
      select: { id: true, name: true, updatedAt: true },
    }),
    ctx.db.prisma.file.findMany({
      where: { ...mine, id: { in: state.folders.flatMap((folder) => folder.files.map((file) => file.id)) } },
      select: { id: true },
    }),
  ]);
  const folders = await ctx.db.prisma.folder.findMany({
    where: { ...mine, id: { in: state.folders.map((folder) => folder.id) } },
    select: { id: true },
  });
  const isKnown = (rows: readonly { id: string }[], id: string) => rows.some((row) => row.id === id);
  const goneTools = config.toolIds.filter((id) => !isKnown(tools, id)).length;
  const goneFolders = state.folders.filter((folder) => !isKnown(folders, folder.id));
  const goneFiles = state.folders
    .filter((folder) => isKnown(folders, folder.id))
    .flatMap((folder) => folder.files.filter((file) => !isKnown(files, file.id)));
  return {
    toolIds: config.toolIds.filter((id) => isKnown(tools, id)),
    folderIds: state.folders.map((folder) => folder.id).filter((id) => isKnown(folders, id)),
    notes: [
      ...(goneTools > 0 ? [`${goneTools} of the tools were deleted since`] : []),
      ...tools
        .filter((tool) => tool.updatedAt > since)
        .map((tool) => `the tool ${tool.name} was changed since, and is today's`),
      ...goneFolders.map((folder) => `the folder ${folder.name} was deleted since`),
      ...goneFiles.map((file) => `the file ${file.name} was deleted since`),
    ],
  };
}

/** What a fork never has of its original, in words, where the original has it. */
export function notCopied(config: AgentConfig, has: { secrets: boolean; identities: boolean; group: boolean }) {
  return [
    ...(has.secrets ? ["the agent's secrets are not copied"] : []),
    ...(has.identities ? ["the agent's identities are not copied"] : []),
    ...(has.group || config.enableSleeptime ? ["the agents that tend its memory are not copied"] : []),
  ];
}
