import { queryOptions } from "@tanstack/react-query";
import type { WireAuditEntry } from "@/lib/api/audit";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";

export type AuditEntry = WireAuditEntry;
export type Outcome = NonNullable<AuditEntry["outcome"]>;
export const OUTCOMES: readonly Outcome[] = ["done", "refused", "failed"];

/** What the list is narrowed to; days as `2026-12-01`, UTC. */
export type AuditFilter = {
  resource?: string | undefined;
  outcome?: Outcome | undefined;
  actorId?: string | undefined;
  targetId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

const KEYS = ["resource", "outcome", "actorId", "targetId", "from", "to"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an address says, without what nobody could mean. */
export function readAuditFilter(params: { get(name: string): string | null }): AuditFilter {
  const { outcome, from, to, ...rest } = Object.fromEntries(
    KEYS.map((key) => [key, params.get(key) ?? undefined]),
  ) as Record<(typeof KEYS)[number], string | undefined>;
  const day = (text: string | undefined) =>
    text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
  return { ...rest, outcome: OUTCOMES.find((one) => one === outcome), from: day(from), to: day(to) };
}

export function auditFilterParams(filter: AuditFilter): URLSearchParams {
  return new URLSearchParams(KEYS.flatMap((key) => (filter[key] ? [[key, filter[key]]] : [])));
}

/** As the API is asked: a day ends with its last millisecond. */
export function auditQuery({ resource, outcome, actorId, targetId, from, to }: AuditFilter) {
  return {
    ...(resource ? { resource } : {}),
    ...(outcome ? { outcome } : {}),
    ...(actorId ? { actor_id: actorId } : {}),
    ...(targetId ? { target_id: targetId } : {}),
    ...(from ? { start_date: `${from}T00:00:00.000Z` } : {}),
    ...(to ? { end_date: `${to}T23:59:59.999Z` } : {}),
  };
}

const PAGE = 50;

/** Who changed what, newest first. */
export const auditList = (filter: AuditFilter): PagedList<AuditEntry> => ({
  queryKey: queryKeys.audit(filter),
  size: PAGE,
  keepsPrevious: true,
  load: (page, signal) =>
    unwrap(api.GET("/v1/audit", { params: { query: { ...page, ...auditQuery(filter) } }, signal })),
});

/** Where the browser gets all that a filter finds, as a file. */
export const auditExportHref = (filter: AuditFilter, format: "csv" | "json") =>
  `/v1/audit/export?${new URLSearchParams({ format, ...auditQuery(filter) })}`;

export function auditSettingsQuery() {
  return queryOptions({
    queryKey: queryKeys.auditSettings(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/audit/settings", { signal })),
  });
}

/** @throws ApiError */
export async function keepAuditFor(days: number | null): Promise<void> {
  await unwrap(api.PUT("/v1/audit/settings", { body: { retention_days: days } }));
}

/** `agents.tools.attach` as a person reads it: "agents: tools attach". */
export function actName(operation: string): string {
  const [resource, ...verbs] = operation.split(".").map((word) => word.replaceAll(/([A-Z])/g, " $1").toLowerCase());
  return `${resource}: ${verbs.join(" ")}`;
}

const KINDS: Record<AuditEntry["actor"]["kind"], string> = {
  person: "a person",
  key: "a key",
  token: "an access token",
  password: "who has the server’s password",
  local: "who sits at the server",
  nobody: "nobody who is known",
};

/** Who it was: a person or a key by the name that it had then. */
export function doerOf({ kind, name }: AuditEntry["actor"]): string {
  if (name === null) return KINDS[kind];
  return kind === "key" ? `key ${name}` : name;
}

/** A value of a difference, as it is shown. */
export const shownValue = (value: unknown): string =>
  value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
