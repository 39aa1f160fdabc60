import type { Sql } from "../db/database";

const MARK = "ON CONFLICT (organization_id, hour) DO UPDATE SET due_at = EXCLUDED.due_at";

/** To be said in the transaction that deletes a run: its hour is added up again. */
export async function markRunGone(sql: Sql, runId: string): Promise<void> {
  await sql.query(
    `INSERT INTO usage_stale SELECT organization_id, date_trunc('hour', created_at, 'UTC'), to_timestamp(0) FROM run WHERE id = $1 ${MARK}`,
    [runId],
  );
}

/**
 * For deleting an agent, `$1`, before its runs are gone: the hours in which it ran are added up again, without it, and what
 * was added up of it alone is gone at once.
 */
export const FORGET_AGENT_USAGE = [
  `INSERT INTO usage_stale SELECT DISTINCT organization_id, date_trunc('hour', created_at, 'UTC'), to_timestamp(0) FROM run
   WHERE agent_id = $1 ORDER BY 2 ${MARK}`,
  `DELETE FROM usage WHERE organization_id = (SELECT organization_id FROM agent WHERE id = $1) AND agent_id = $1
     AND grain IN ('hour', 'day', 'month')`,
  `DELETE FROM tool_usage WHERE organization_id = (SELECT organization_id FROM agent WHERE id = $1) AND agent_id = $1
     AND grain IN ('hour', 'day', 'month')`,
];
