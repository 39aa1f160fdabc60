import type { WORKSPACE_ENDPOINTS } from "@/lib/api/workspaces";
import { eraseWorkspaceFiles } from "../erasure/erase-workspace";
import {
  deleteWorkspaceFiles,
  listWorkspaceVersions,
  readWorkspaceFile,
  retrieveWorkspace,
  writeWorkspaceFile,
} from "../workspaces/files";
import type { Handlers } from "./bind";

export const WORKSPACE_HANDLERS: Handlers<typeof WORKSPACE_ENDPOINTS> = {
  "agents.workspace.retrieve": ({ ctx, params, query }) => retrieveWorkspace(ctx, params.agent_id, query),
  "agents.workspace.read": ({ ctx, params, query }) => readWorkspaceFile(ctx, params.agent_id, query),
  "agents.workspace.versions": ({ ctx, params, query }) => listWorkspaceVersions(ctx, params.agent_id, query),
  "agents.workspace.write": ({ ctx, params, body }) => writeWorkspaceFile(ctx, params.agent_id, body),
  "agents.workspace.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseWorkspaceFiles : deleteWorkspaceFiles)(ctx, params.agent_id, query.path);
    return null;
  },
};
