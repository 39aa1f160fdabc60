import type { TimelineEntry } from "@/lib/api/ledger";

export type EntryType = TimelineEntry["type"];

/**
 * The step that a record (an alias) belongs to: the one that made it, or the last one of the agent (`$1`) before it. What
 * others did is shown after that step, and is not its doing.
 */
export const stepOfSql = (record: string, made = `${record}.step_id`) =>
  `coalesce(${made}, (SELECT at.id FROM step at WHERE at.agent_id = $1 AND at.seq < ${record}.seq ORDER BY at.seq DESC LIMIT 1))`;

const ofSteps = (record: string, made?: string) => `($5::text[] IS NULL OR ${stepOfSql(record, made)} = ANY($5))`;

/** Whether the agent had the archive of a passage event `e` then: as `attached.ts` reads it from what was recorded. */
const HAD_THEN = `'attach' = coalesce(
  (SELECT r.operation FROM resource_event r WHERE r.agent_id = $1 AND r.resource_id = e.archive_id AND r.seq <= e.seq
    ORDER BY r.seq DESC LIMIT 1),
  (SELECT CASE r.operation WHEN 'attach' THEN 'not yet' ELSE 'attach' END FROM resource_event r
    WHERE r.agent_id = $1 AND r.resource_id = e.archive_id ORDER BY r.seq LIMIT 1), 'attach')`;

const PROPOSAL = (event: string, cause: string, step: string) => `jsonb_build_object('id', p.id, 'block_id', p.block_id,
  'label', v.label, 'event', ${event}, 'operation', p.operation, 'cause', ${cause}, 'reason', p.reason, 'step_id', ${step})`;

/**
 * Each record as the time line shows it, but not what a fork copied: the agent's version tells of that. `$1` agent, `$2`/`$3` bounds of `seq`, `$4` limit, `$5` the steps to
 * keep, with what came of them or after them, or null for all.
 */
export const READERS: Record<EntryType, string> = {
  step: `SELECT s.seq, s.created_at, jsonb_build_object('id', s.id, 'run_id', s.run_id, 'conversation_id', s.conversation_id,
      'status', s.status, 'stop_reason', s.stop_reason, 'model_handle', s.model_handle, 'prompt_tokens', s.prompt_tokens,
      'completion_tokens', s.completion_tokens, 'context_tokens', coalesce((s.context_tokens->>'total')::int, 0),
      'timings', s.timings,
      'tool_calls', coalesce((SELECT jsonb_agg(jsonb_build_object('name', t.name, 'status', t.status) ORDER BY t.seq)
        FROM tool_call t WHERE t.step_id = s.id), '[]'::jsonb),
      'preview', coalesce((SELECT left(string_agg(p->>'text', ' '), 160) FROM message m, jsonb_array_elements(m.parts) p
        WHERE m.step_id = s.id AND m.role IN ('assistant', 'approval') AND p->>'type' = 'text'), '')) AS entry
    FROM step s WHERE s.agent_id = $1 AND s.seq > $2 AND s.seq < $3 AND ($5::text[] IS NULL OR s.id = ANY($5))`,
  "block-version": `SELECT v.seq, v.created_at, jsonb_build_object('id', v.id, 'block_id', v.block_id, 'label', v.label,
      'number', v.number, 'operation', v.operation, 'cause', v.cause, 'step_id', v.step_id, 'agent_id', v.agent_id,
      'chars_before', coalesce(length(parent.value), 0), 'chars_after', length(v.value)) AS entry
    FROM block_version v LEFT JOIN block_version parent ON parent.id = v.parent_id
    WHERE v.seq > $2 AND v.seq < $3 AND (v.copied_from_id IS NULL OR v.operation <> 'fork')
      AND v.block_id IN (SELECT DISTINCT b FROM agent_version av,
        jsonb_array_elements_text(av.config->'blockIds') b WHERE av.agent_id = $1) AND ${ofSteps("v")}`,
  "passage-event": `SELECT e.seq, e.created_at, jsonb_build_object('id', e.id, 'event', e.type, 'passage_id', e.passage_id,
      'text', coalesce(e.search->>'query', left(p.text, 400)), 'cause', e.cause, 'step_id', e.step_id) AS entry
    FROM passage_event e LEFT JOIN passage p ON p.id = e.passage_id
    WHERE e.seq > $2 AND e.seq < $3 AND e.cause->>'kind' <> 'fork' AND (e.agent_id = $1
      OR (e.agent_id IS NULL AND e.archive_id IN (SELECT archive_id FROM agent_archive WHERE agent_id = $1
          UNION SELECT resource_id FROM resource_event WHERE agent_id = $1 AND resource = 'archive')
        AND ${HAD_THEN})) AND ${ofSteps("e")}`,
  compaction: `SELECT c.seq, c.created_at, jsonb_build_object('id', c.id, 'conversation_id', c.conversation_id, 'step_id', c.step_id,
      'trigger', c.trigger, 'mode', c.mode, 'summary', c.summary, 'stats', c.stats, 'cause', c.cause) AS entry
    FROM compaction c WHERE c.agent_id = $1 AND c.seq > $2 AND c.seq < $3 AND ${ofSteps("c")}`,
  "agent-version": `SELECT v.seq, v.created_at, jsonb_build_object('id', v.id, 'number', v.number, 'operation', v.operation,
      'cause', v.cause, 'changed', coalesce((SELECT jsonb_agg(k.key ORDER BY k.key) FROM jsonb_each(v.config) k
        WHERE k.value IS DISTINCT FROM (parent.config->k.key)), '[]'::jsonb)) AS entry
    FROM agent_version v LEFT JOIN agent_version parent ON parent.id = coalesce(v.parent_id, v.copied_from_id)
    WHERE v.agent_id = $1 AND v.seq > $2 AND v.seq < $3 AND ${ofSteps("v")}`,
  "resource-event": `SELECT e.seq, e.created_at, jsonb_build_object('id', e.id, 'resource', e.resource,
      'resource_id', e.resource_id, 'name', e.name, 'operation', e.operation, 'cause', e.cause) AS entry
    FROM resource_event e WHERE e.agent_id = $1 AND e.seq > $2 AND e.seq < $3 AND ${ofSteps("e", "NULL")}`,
  proposal: `SELECT p.seq, p.created_at, ${PROPOSAL("'proposed'", "p.cause", "p.step_id")} AS entry
    FROM memory_proposal p JOIN block_version v ON v.id = p.base_version_id
    WHERE p.agent_id = $1 AND p.seq > $2 AND p.seq < $3 AND ${ofSteps("p")}
    UNION ALL SELECT d.seq, d.decided_at, ${PROPOSAL("p.status", "p.decided_cause", "NULL::text")}
    FROM (SELECT id, decided_seq AS seq, decided_at FROM memory_proposal WHERE agent_id = $1 AND decided_seq IS NOT NULL) d
      JOIN memory_proposal p ON p.id = d.id JOIN block_version v ON v.id = p.base_version_id
    WHERE d.seq > $2 AND d.seq < $3 AND ${ofSteps("d", "NULL")}`,
  erasure: `SELECT e.seq, e.created_at, jsonb_build_object('id', e.id, 'resource', e.resource, 'resource_id', e.resource_id,
      'counts', e.counts, 'cause', e.cause) AS entry
    FROM erasure e WHERE $1 = ANY(e.agent_ids) AND e.seq > $2 AND e.seq < $3 AND ${ofSteps("e", "NULL")}`,
};
