import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";
import type { Identity } from "../api/wire";

const A_PAGE = 50;

/** Identities, by a part of their name; the server searches. */
export function identitiesList(name: string): PagedList<Identity> {
  return {
    queryKey: queryKeys.identities(name),
    size: A_PAGE,
    load: (page, signal) =>
      unwrap(api.GET("/v1/identities", { params: { query: { ...page, ...(name ? { name } : {}) } }, signal })),
    keepsPrevious: true,
  };
}
