import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./api";
import { queryKeys } from "./query-keys";
import type { Model } from "./wire";

export function modelsQuery() {
  return queryOptions({
    queryKey: queryKeys.models(),
    queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/models", { signal }))) as unknown as Model[],
    staleTime: 60_000,
  });
}

export function healthQuery() {
  return queryOptions({
    queryKey: queryKeys.health(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/health", { signal })),
  });
}

/** Providers that were added here; those of the server's environment are not among them. */
export function providersQuery() {
  return queryOptions({
    queryKey: queryKeys.providers(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/providers", { signal })),
  });
}
