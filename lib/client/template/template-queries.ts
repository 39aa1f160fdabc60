import { queryOptions } from "@tanstack/react-query";
import type { WireTemplate } from "@/lib/api/templates";
import { api, unwrap } from "../api/api";
import { ApiError } from "../api/api-error";
import { queryKeys } from "../api/query-keys";

export type { WireTemplate as AgentTemplate } from "@/lib/api/templates";

const TEMPLATES_LOADED = "500";
const VERSIONS_LOADED = "200";

/** The parts of a path that name a template, or one of its versions. */
export function placeOf(template: WireTemplate) {
  return { project_id: template.project_id, template_name: template.name };
}

/** @param version a number, `latest` or `current` (the working copy) */
export function versionPlace(template: WireTemplate, version: string) {
  return { project_id: template.project_id, template_version: `${template.name}:${version}` };
}

export function templatesQuery() {
  return queryOptions({
    queryKey: queryKeys.templates(),
    queryFn: async ({ signal }) => {
      const query = { limit: TEMPLATES_LOADED };
      return (await unwrap(api.GET("/v1/templates", { params: { query }, signal }))).templates;
    },
  });
}

/** @throws ApiError 404 where there is none of that id. */
export function templateQuery(templateId: string) {
  return queryOptions({
    queryKey: queryKeys.template(templateId),
    queryFn: async ({ signal }) => {
      const query = { template_id: templateId };
      const { templates } = await unwrap(api.GET("/v1/templates", { params: { query }, signal }));
      const [template] = templates;
      if (!template) throw new ApiError(404, "There is no template of this id.");
      return template;
    },
  });
}

export function templateVersionsQuery(template: WireTemplate) {
  return queryOptions({
    queryKey: queryKeys.templateVersions(template.id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/templates/{project_id}/{template_name}/versions", {
          params: { path: placeOf(template), query: { limit: VERSIONS_LOADED } },
          signal,
        }),
      ),
  });
}

/** What a version is made of. */
export function templateSnapshotQuery(template: WireTemplate, version: string) {
  return queryOptions({
    queryKey: queryKeys.templateSnapshot(template.id, version),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/templates/{project_id}/{template_version}/snapshot", {
          params: { path: versionPlace(template, version) },
          signal,
        }),
      ),
  });
}

/** The agents that were made of a template. */
export function templateAgentsQuery(templateId: string) {
  return queryOptions({
    queryKey: queryKeys.templateAgents(templateId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/agents", { params: { query: { base_template_id: templateId, limit: 500 } }, signal })),
  });
}
