import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import { base64Of } from "../run/read-images";

export type { WireWorkspaceFile as WorkspaceFile } from "@/lib/api/workspaces";

/** A moment of a step; null is now. */
export type WorkspacePast = { stepId: string; moment: "before" | "after" } | null;

export function workspaceQuery(agentId: string, past: WorkspacePast) {
  return queryOptions({
    queryKey: past
      ? queryKeys.workspace(agentId, "files", past.stepId, past.moment)
      : queryKeys.workspace(agentId, "files"),
    queryFn: ({ signal }) => {
      const query = past ? { step_id: past.stepId, moment: past.moment } : {};
      const path = { agent_id: agentId };
      return unwrap(api.GET("/v1/agents/{agent_id}/workspace", { params: { path, query }, signal }));
    },
  });
}

/** What a version of a file says. */
export function workspaceFileQuery(agentId: string, file: { path: string; version: number }) {
  return queryOptions({
    queryKey: queryKeys.workspace(agentId, "file", file.path, String(file.version)),
    queryFn: ({ signal }) => {
      const path = { agent_id: agentId };
      const query = { path: file.path, version: String(file.version) };
      return unwrap(api.GET("/v1/agents/{agent_id}/workspace/file", { params: { path, query }, signal }));
    },
  });
}

export function workspaceVersionsQuery(agentId: string, file: string) {
  return queryOptions({
    queryKey: queryKeys.workspace(agentId, "versions", file),
    queryFn: ({ signal }) => {
      const params = { path: { agent_id: agentId }, query: { path: file } };
      return unwrap(api.GET("/v1/agents/{agent_id}/workspace/versions", { params, signal }));
    },
  });
}

/** Writes files that a person chose, each under its own name. */
export async function uploadToWorkspace(agentId: string, files: readonly File[]): Promise<void> {
  for (const file of files) {
    const body = { path: file.name, content: await base64Of(file), encoding: "base64" as const };
    await unwrap(api.PUT("/v1/agents/{agent_id}/workspace/file", { params: { path: { agent_id: agentId } }, body }));
  }
}

const IMAGES: Record<string, string> = {
  ...{ png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" },
  svg: "image/svg+xml",
};

/** The address of an image's own bytes for an `<img>`, which runs nothing that is in it; null for what is none. */
export function imageOfFile({ path, encoding, content }: { path: string; encoding: string; content: string }) {
  const type = IMAGES[path.split(".").at(-1)?.toLowerCase() ?? ""];
  if (!type || (encoding === "utf8" && type !== IMAGES.svg)) return null;
  return encoding === "base64"
    ? `data:${type};base64,${content}`
    : `data:${type};charset=utf-8,${encodeURIComponent(content)}`;
}
