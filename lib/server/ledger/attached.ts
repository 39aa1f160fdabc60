import type { Sql } from "../db/database";

/** What an agent had as of a moment. */
export type Attached = {
  id: string;
  /** What it was called when it was attached, where that was recorded. */
  name: string;
  /** Nothing was recorded of when the agent got it: it counts as had from the agent's first version on. */
  assumed: boolean;
};

/** A moment of an agent's history: the last place in the ledger that is part of it, and its time. */
export type Bound = { agentId: string; seq: number; at: Date };

type Kind = { table: "archive" | "identity"; links: string };
const ARCHIVES: Kind = { table: "archive", links: "agent_archive" };
const IDENTITIES: Kind = { table: "identity", links: "agent_identity" };

export type AttachedArchive = Attached & { isOwner: boolean };

/**
 * The archives that an agent had, oldest first. It is asked of what was recorded, never of today's links: these only say
 * what was had before anything was recorded of it.
 */
export function archivesAt(sql: Sql, bound: Bound): Promise<AttachedArchive[]> {
  return attachedAt(sql, ARCHIVES, bound);
}

/** The identities that an agent had, as `archivesAt`. */
export async function identitiesAt(sql: Sql, bound: Bound): Promise<Attached[]> {
  const rows = await attachedAt(sql, IDENTITIES, bound);
  return rows.map(({ id, name, assumed }) => ({ id, name, assumed }));
}

function attachedAt(sql: Sql, { table, links }: Kind, { agentId, seq, at }: Bound): Promise<AttachedArchive[]> {
  const owner = table === "archive" ? "coalesce(link.is_owner, false)" : "false";
  return sql.query<AttachedArchive>(
    `WITH told AS (SELECT resource_id, name, operation, seq FROM resource_event WHERE agent_id = $1 AND resource = '${table}'),
       known AS (SELECT resource_id AS id FROM told UNION SELECT ${table}_id FROM ${links} WHERE agent_id = $1)
     SELECT k.id, coalesce(latest.name, earliest.name, r.name, '') AS name, latest.operation IS NULL AS assumed,
       ${owner} AS "isOwner"
     FROM known k
       LEFT JOIN LATERAL (SELECT operation, name FROM told WHERE resource_id = k.id AND seq <= $2 ORDER BY seq DESC LIMIT 1)
         latest ON true
       LEFT JOIN LATERAL (SELECT operation, name FROM told WHERE resource_id = k.id ORDER BY seq LIMIT 1) earliest ON true
       LEFT JOIN ${table} r ON r.id = k.id
       LEFT JOIN ${links} link ON link.${table}_id = k.id AND link.agent_id = $1
     WHERE latest.operation = 'attach' OR (latest.operation IS NULL AND earliest.operation IS DISTINCT FROM 'attach'
       AND (r.created_at IS NULL OR r.created_at <= $3::timestamptz))
     ORDER BY r.created_at, k.id`,
    [agentId, seq, at.toISOString()],
  );
}
