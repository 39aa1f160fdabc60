import type { AgentFile } from "@/lib/api/agent-file";
import { modelIndex } from "../agent-config/model-choice";
import { embedFiles, writeFolders } from "../agent-file/import-folders";
import { planServers, writeServers } from "../agent-file/import-servers";
import { planTools, writeTools } from "../agent-file/import-tools";
import type { Ctx } from "../core/core";
import { transact } from "../db/transact";
import { ensureBuiltinTools } from "../tools/builtin-tools";

/**
 * Makes what a file's template will name: tools that are not there (or get the file's content, if `override`), and the
 * folders with their files. @returns the file with its sources naming these folders, and without their files.
 */
export async function settleFile(ctx: Ctx, file: AgentFile, override: boolean): Promise<AgentFile> {
  await ensureBuiltinTools(ctx);
  const tools = planTools(file);
  const servers = await planServers(ctx, file);
  const models = await modelIndex(ctx);
  const made = await transact(ctx, async (sql) => {
    await writeTools(ctx, sql, tools, { override, servers: await writeServers(ctx, sql, servers) });
    return writeFolders(ctx, sql, file, models);
  });
  await embedFiles(ctx, made);
  const sources = file.sources.map((source) => ({ ...source, folder_id: made.folders.get(source.id) }));
  return { ...file, sources, files: [] };
}
