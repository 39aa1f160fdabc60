import type { Core } from "../core/core";
import { jobKind } from "../jobs/queue";

/** What one statement ends. */
const AT_ONCE = 200;

/** Ends the proposals of an organization that nobody decided in time: each is void, and its agent is told. */
export const EXPIRE_PROPOSALS = jobKind<{ organizationId: string }>({
  name: "expire-memory-proposals",
  concurrency: 1,
  retries: 5,
  retryDelayS: 10,
  retryDelayMaxS: 600,
  timeoutS: 60,
  run: async (core, { organizationId }, signal) => {
    while (!signal.aborted) if ((await expireSome(core, organizationId)) < AT_ONCE) return;
  },
});

/** Organizations with proposals whose time is over: `$1` is now. */
export const DUE_PROPOSALS = `SELECT DISTINCT organization_id AS id FROM memory_proposal
WHERE status = 'pending' AND expires_at <= $1::timestamptz`;

async function expireSome(core: Core, organizationId: string): Promise<number> {
  const at = core.now().toISOString();
  const rows = await core.db.query<{ id: string; agent_id: string; block_id: string }>(
    `UPDATE memory_proposal SET status = 'expired', decided_at = expires_at, decided_seq = ledger_next()
     WHERE status = 'pending' AND id IN (SELECT id FROM memory_proposal
       WHERE organization_id = $1 AND status = 'pending' AND expires_at <= $2::timestamptz ORDER BY expires_at LIMIT ${AT_ONCE})
     RETURNING id, agent_id, block_id`,
    [organizationId, at],
  );
  for (const { id, agent_id: agentId, block_id } of rows) {
    const detail = { operation: "expired", proposal: id };
    core.events.publish({ type: "memory", organizationId, agentId, id: block_id, at, detail });
  }
  return rows.length;
}
