import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export function identitiesQuery(name: string) {
  return queryOptions({
    queryKey: queryKeys.identities(name),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/identities", { params: { query: { limit: 200, ...(name ? { name } : {}) } }, signal })),
    placeholderData: keepPreviousData,
  });
}
