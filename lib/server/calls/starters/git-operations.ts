import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  findBooleanArg,
  findEnumArg,
  findIntegerArg,
  findStringArg,
  findStringListArg,
  type ToolArgs,
  ToolFailure,
} from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { toolSettings } from "../../tools/tool-settings";
import { isWithin, workspacePath } from "../../workspaces/paths";
import { openWorkspace } from "../../workspaces/workspace";
import { createRedactor } from "../custom/secrets";
import { readAgentSecrets } from "../custom/tool-code";
import { inTool } from "./in-tool";
import { GIT_ACTIONS } from "./work/git-actions";

const DEFAULT_COMMITS = 20;
const MOST_COMMITS = 200;

/** The agent's secret that is given to remotes; to those that may be asked alone. */
const TOKEN = "GIT_TOKEN";

/**
 * `git_operations`: a repository in a folder of the agent's workspace. All of a command is kept with its return, or nothing.
 * Remotes are asked only on hosts that a person named in the tool's `allowed_hosts`.
 */
export async function gitOperations(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const action = findEnumArg(args, "action", GIT_ACTIONS);
  if (!action)
    throw new ToolFailure(`Missing required argument 'action': one of ${GIT_ACTIONS.join(", ")}.`, "TypeError");
  const url = findStringArg(args, "url") ?? null;
  if (url !== null && URL.canParse(url) && new URL(url).password !== "") {
    throw new ToolFailure(`An address with a password in it is not taken. Keep it as the agent's secret ${TOKEN}.`);
  }
  const folder = workspacePath(findStringArg(args, "repository") ?? "");
  const workspace = await openWorkspace(ctx, call.agentId, call.pending);
  const files = workspace.files().filter((file) => isWithin(file.path, folder));
  const bytes = await workspace.readAll(files);
  const { name, hosts } = await settingsOf(ctx, call.agentId);
  const secrets = await readAgentSecrets(ctx, call.agentId);
  const result = await inTool(ctx, "git", {
    action,
    folder,
    files: files.map(({ path }) => ({ path, bytes: new Uint8Array(bytes.get(path)!) })),
    author: { name, email: `${call.agentId}@agents.invalid` },
    timestamp: Math.floor(Date.parse(call.now) / 1000),
    args: {
      message: findStringArg(args, "message") ?? null,
      branch: findStringArg(args, "branch") ?? null,
      from: findStringArg(args, "from") ?? null,
      to: findStringArg(args, "to") ?? null,
      paths: (findStringListArg(args, "paths") ?? []).map(workspacePath).filter((path) => path !== ""),
      isDeletion: findBooleanArg(args, "delete") ?? false,
      isAbort: findBooleanArg(args, "abort") ?? false,
      url,
      limit: Math.min(MOST_COMMITS, Math.max(1, findIntegerArg(args, "limit") ?? DEFAULT_COMMITS)),
    },
    remote: { hosts, token: secrets.get(TOKEN) ?? null, allowPrivate: ctx.config.allowPrivateUrls },
  });
  const redact = createRedactor(secrets);
  if ("refused" in result) throw new ToolFailure(redact.text(result.refused));
  for (const { path, bytes: written } of result.changes) {
    if (written === null) workspace.delete(path, "git_operations");
    else await workspace.write(workspacePath(path), written, "git_operations");
  }
  return { status: "success", content: redact.text(result.text), writes: workspace.writes() };
}

async function settingsOf(ctx: Ctx, agentId: string): Promise<{ name: string; hosts: string[] }> {
  const [row] = await ctx.db.query<{ name: string; metadata: unknown }>(
    `SELECT a.name, t.metadata FROM agent a
       LEFT JOIN tool t ON t.organization_id = a.organization_id AND t.name = 'git_operations'
     WHERE a.id = $1 AND a.organization_id = $2`,
    [agentId, ctx.actor.organizationId],
  );
  const { allowedHosts } = toolSettings(row?.metadata, ctx.config.sandbox.ceilings);
  return { name: row?.name ?? "Agent", hosts: allowedHosts };
}
