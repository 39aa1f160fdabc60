import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Makes queries load again after something happened. A first load that is under way may have begun before it, and the
 * client does not begin a first load anew: that one is followed by another.
 */
export async function reload(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const early = client.getQueryCache().findAll({
    queryKey,
    fetchStatus: "fetching",
    predicate: (query) => query.state.data === undefined,
  });
  await client.invalidateQueries({ queryKey });
  if (early.length > 0) await client.invalidateQueries({ queryKey });
}
