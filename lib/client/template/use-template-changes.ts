"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { WireTemplate } from "@/lib/api/templates";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { TemplateSnapshot } from "./template-content";
import { placeOf, versionPlace } from "./template-queries";

export type SaveChoice = { message: string; migrate: boolean; keepMemory: boolean };
export type MigrateChoice = {
  deploymentId: string;
  version: string;
  keepMemory: boolean;
  keepSecrets: boolean;
  keepFolders: boolean;
};

/** What can be done to a template; each makes what is shown of it load again. */
export function useTemplateChanges(template: WireTemplate) {
  const client = useQueryClient();
  const path = placeOf(template);
  const onSuccess = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.templates() }),
      client.invalidateQueries({ queryKey: queryKeys.agents() }),
      client.invalidateQueries({ queryKey: ["agent"] }),
    ]);

  const edit = useMutation({
    mutationFn: async ({ name, description }: { name: string; description: string }) => {
      if (description !== (template.description ?? "")) {
        const body = { description: description || null };
        const params = { path };
        await unwrap(api.PATCH("/v1/templates/{project_id}/{template_name}/description", { params, body }));
      }
      if (name !== template.name) {
        const body = { new_name: name };
        await unwrap(api.PATCH("/v1/templates/{project_id}/{template_name}/name", { params: { path }, body }));
      }
    },
    // The first of the two may have been done where the second failed. Versions stay, and are asked for by the new name.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.template(template.id), exact: true }),
        client.invalidateQueries({ queryKey: queryKeys.templates(), exact: true }),
      ]),
  });
  const save = useMutation({
    mutationFn: ({ message, migrate, keepMemory }: SaveChoice) =>
      unwrap(
        api.POST("/v1/templates/{project_id}/{template_name}", {
          params: { path },
          body: {
            ...(message.trim() ? { message: message.trim() } : {}),
            ...(migrate ? { migrate_agents: true, preserve_core_memories_on_migration: keepMemory } : {}),
          },
        }),
      ),
    onSuccess,
  });
  const rollback = useMutation({
    mutationFn: (version: string) =>
      unwrap(api.POST("/v1/templates/{project_id}/{template_name}/rollback", { params: { path }, body: { version } })),
    onSuccess,
  });
  const setContent = useMutation({
    mutationFn: (snapshot: TemplateSnapshot) =>
      unwrap(
        api.PUT("/v1/templates/{project_id}/{template_version}/snapshot", {
          params: { path: versionPlace(template, "current") },
          body: snapshot,
        }),
      ),
    onSuccess,
  });
  const takeAgent = useMutation({
    mutationFn: async (agentId: string) => {
      const query = { scrub_messages: "true" };
      const file = await unwrap(
        api.GET("/v1/agents/{agent_id}/export", { params: { path: { agent_id: agentId }, query } }),
      );
      return unwrap(
        api.PUT("/v1/templates/{project_id}/{template_name}/agent-file", {
          params: { path },
          body: { agent_file_json: { ...file }, save_existing_changes: true },
        }),
      );
    },
    onSuccess,
  });
  const migrate = useMutation({
    mutationFn: ({ deploymentId, version, keepMemory, keepSecrets, keepFolders }: MigrateChoice) =>
      unwrap(
        api.POST("/v1/templates/{project_id}/{template_name}/deployments/{deployment_id}/migrate", {
          params: { path: { ...path, deployment_id: deploymentId } },
          body: {
            version,
            preserve_core_memories: keepMemory,
            preserve_tool_variables: keepSecrets,
            preserve_sources: keepFolders,
          },
        }),
      ),
    onSuccess,
  });
  return { edit, save, rollback, setContent, takeAgent, migrate };
}

export type TemplateChanges = ReturnType<typeof useTemplateChanges>;
