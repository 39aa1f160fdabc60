"use client";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { WirePermissions } from "@/lib/api/account";
import type { ENDPOINTS } from "@/lib/api/endpoints";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

export type Permissions = Pick<WirePermissions, "role" | "refused">;
export type OperationId = (typeof ENDPOINTS)[number]["id"];

/** What a page's person may do by now; null where everybody may do all. */
export const PermissionsContext = createContext<Permissions | null>(null);

const FRESH_MS = 30_000;

/** As the server said when it made the page, and looked at again whenever the page is come back to. */
export function usePermissions(initial: Permissions | null): Permissions | null {
  return useQuery(permissionsQuery(initial)).data ?? null;
}

function permissionsQuery(initial: Permissions | null) {
  return queryOptions<Permissions>({
    queryKey: queryKeys.permissions(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/permissions", { signal })),
    enabled: initial !== null,
    staleTime: FRESH_MS,
    refetchOnWindowFocus: true,
    ...(initial ? { initialData: initial } : {}),
  });
}

const CAN = {
  owner: "may do all",
  admin: "may do all but what makes owners",
  editor: "builds agents",
  tester: "talks to agents and changes none",
  viewer: "reads",
};

/** One's role; null for who may do all. */
export const useRole = (): Permissions["role"] => useContext(PermissionsContext)?.role ?? null;

/** Whether one may do something, and, if not, why not, in a sentence. */
export type May = { may: true; why: null } | { may: false; why: string };
const ALL: May = { may: true, why: null };

/** The one place where pages ask what their person may do: the server's table of roles, which also judges each request. */
export function useMay(operation: OperationId | undefined): May {
  const data = useContext(PermissionsContext);
  if (operation === undefined || !data?.role || !data.refused.includes(operation)) return ALL;
  return { may: false, why: `Your role here is ${data.role}: it ${CAN[data.role]}.` };
}
