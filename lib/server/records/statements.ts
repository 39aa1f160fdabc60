import type { Statement } from "../db/database";
import { MESSAGE_RECORD } from "./message-rows";

/**
 * The commits of a run, one statement each, so that each is kept whole or not at all. `$1` is the commit as JSON, `$2`
 * the run, `$3` who holds its lease. A commit whose run is not held any more fails with `run-lost`; one whose blocks have
 * moved on fails with `conflict`; nothing of either is kept.
 */

/** Finds the run as ours and, where the commit ends it, ends it; renews the lease. */
const OWN_RUN = `
given AS (SELECT $1::jsonb AS d),
ending AS (SELECT d->'end' AS e FROM given WHERE d->'end' <> 'null'::jsonb),
own AS (UPDATE run SET
    lease_expires_at = CASE WHEN ending.e IS NULL THEN (d->>'leaseUntil')::timestamptz END,
    status = coalesce(ending.e->>'status', run.status),
    stop_reason = coalesce(ending.e->>'stopReason', run.stop_reason),
    usage = coalesce(nullif(ending.e->'usage', 'null'::jsonb), run.usage),
    error = coalesce(nullif(ending.e->'error', 'null'::jsonb), run.error),
    completed_at = (ending.e->>'completedAt')::timestamptz,
    total_duration_ns = (ending.e->>'durationNs')::bigint,
    ttft_ns = coalesce(run.ttft_ns, (d->>'ttftNs')::bigint),
    active_key = CASE WHEN ending.e IS NULL THEN run.active_key END,
    lease_owner = CASE WHEN ending.e IS NULL THEN run.lease_owner END,
    journal_reserved = greatest(run.journal_reserved, (d->>'journalReserved')::int)
  FROM given LEFT JOIN ending ON true
  WHERE run.id = $2 AND run.lease_owner = $3 AND run.status = 'running'
  RETURNING run.id, run.organization_id, run.agent_id, run.conversation_id, run.cancel_requested_at),
agent_head AS (UPDATE agent SET
    last_run_completion = coalesce((e->>'completedAt')::timestamptz, last_run_completion),
    last_run_duration_ms = coalesce(((e->>'durationNs')::bigint / 1000000)::int, last_run_duration_ms),
    last_stop_reason = coalesce(e->>'stopReason', last_stop_reason),
    compile_epoch = compile_epoch + (d->>'stalePrompts')::int
  FROM own, given LEFT JOIN ending ON true
  WHERE agent.id = own.agent_id AND (e IS NOT NULL OR (d->>'stalePrompts')::int > 0)),
head AS (UPDATE conversation SET next_seq = (d->>'nextSeq')::int,
    context_tokens = coalesce((d->>'contextTokens')::int, conversation.context_tokens),
    context = coalesce(nullif(d->'context', 'null'::jsonb), conversation.context),
    last_run_completion = coalesce((e->>'completedAt')::timestamptz, conversation.last_run_completion)
  FROM own, given LEFT JOIN ending ON true WHERE conversation.id = own.conversation_id),
new_messages AS (INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, otid, name, sender_id,
    group_id, run_id, step_id, model, is_err, created_at)
  SELECT m.id, own.organization_id, own.agent_id, own.conversation_id, m.seq, m.role, m.parts, m.otid, m.name, m.sender_id,
    m.group_id, own.id, m.step_id, m.model, m.is_err, m.created_at
  FROM own, given, jsonb_to_recordset(d->'messages') AS m${MESSAGE_RECORD} ORDER BY m.seq),
new_journal AS (INSERT INTO journal (run_id, first_seq, last_seq, items)
  SELECT own.id, (j->>'first')::int, (j->>'last')::int, j->'items' FROM own, given, LATERAL (SELECT d->'journal' AS j) x
  WHERE j <> 'null'::jsonb
  -- Items whose connection was lost may be there already: they are given again, perhaps with more.
  ON CONFLICT (run_id, first_seq) DO UPDATE SET last_seq = EXCLUDED.last_seq, items = EXCLUDED.items
  WHERE journal.last_seq < EXCLUDED.last_seq)`;

const HELD = `ledger_require(EXISTS (SELECT 1 FROM own), 'run-lost') AS held,
  (SELECT cancel_requested_at IS NOT NULL FROM own) AS cancel_requested`;

const NEW_CASSETTE = `
cassettes AS (INSERT INTO model_call (id, organization_id, agent_id, run_id, step_id, kind, handle, request_hash, response,
    usage, error, attempts, started_at, duration_ms)
  SELECT k.id, own.organization_id, own.agent_id, own.id, k.step_id, k.kind, k.handle, k.request_hash, k.response,
    k.usage, k.error, k.attempts, k.started_at, k.duration_ms
  FROM own, given, jsonb_to_recordset(d->'cassettes') AS k(id text, step_id text, kind text, handle text, request_hash text,
    response jsonb, usage jsonb, error jsonb, attempts int, started_at timestamptz, duration_ms float))`;

/** What the agent's `compile_epoch` is once this commit is kept. */
const EPOCH = "(SELECT a.compile_epoch + (d->>'stalePrompts')::int FROM agent a WHERE a.id = own.agent_id)";

/** A model turn: step, context snapshot, messages, intents of tool calls, cassette. */
export const SAVE_TURN: Statement = {
  name: "save-turn",
  text: `
WITH ${OWN_RUN},
${NEW_CASSETTE},
texts AS (INSERT INTO blob (agent_id, hash, text)
  SELECT DISTINCT ON (b.hash) own.agent_id, b.hash, b.text FROM own, given, jsonb_to_recordset(d->'blobs') AS b(hash text, text text)
  ON CONFLICT DO NOTHING),
steps AS (INSERT INTO step (id, organization_id, agent_id, conversation_id, run_id, position, status, stop_reason, model_handle,
    context_window, settings, agent_version_id, compile_id, block_version_ids, context_hash, context_ranges, context_tokens,
    prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost, timings, error, created_at, completed_at,
    compile_epoch)
  SELECT s.id, own.organization_id, own.agent_id, own.conversation_id, own.id, s.position, s.status, s.stop_reason, s.model_handle,
    s.context_window, s.settings, s.agent_version_id, s.compile_id, s.block_version_ids, s.context_hash, s.context_ranges,
    s.context_tokens, s.prompt_tokens, s.completion_tokens, s.cached_tokens, s.cache_write_tokens, s.reasoning_tokens, s.cost, s.timings,
    nullif(s.error, 'null'::jsonb), s.created_at, s.completed_at, ${EPOCH}
  FROM own, given, jsonb_to_record(d->'step') AS s(id text, position int, status text, stop_reason text, model_handle text,
    context_window int, settings jsonb, agent_version_id text, compile_id text, block_version_ids text[], context_hash text,
    context_ranges jsonb, context_tokens jsonb, prompt_tokens int, completion_tokens int, cached_tokens int,
    cache_write_tokens int, reasoning_tokens int, cost float, timings jsonb, error jsonb, created_at timestamptz, completed_at timestamptz)),
used AS (INSERT INTO fair_use (organization_id, key_id, day, tokens, dollars, unpriced)
  SELECT own.organization_id, subject.key_id, ((d->'step'->>'created_at')::timestamptz AT TIME ZONE 'UTC')::date,
    coalesce((d->'step'->>'prompt_tokens')::bigint, 0) + coalesce((d->'step'->>'completion_tokens')::bigint, 0),
    coalesce((d->'step'->>'cost')::float, 0), CASE WHEN d->'step'->>'cost' IS NULL THEN 1 ELSE 0 END
  FROM own JOIN run ON run.id = own.id, given, unnest(ARRAY['', run.key_id]) AS subject(key_id)
  WHERE d->'step'->>'id' IS NOT NULL AND subject.key_id IS NOT NULL
  ORDER BY subject.key_id
  ON CONFLICT (organization_id, key_id, day) DO UPDATE SET tokens = fair_use.tokens + EXCLUDED.tokens,
    dollars = fair_use.dollars + EXCLUDED.dollars, unpriced = fair_use.unpriced + EXCLUDED.unpriced),
calls AS (INSERT INTO tool_call (id, organization_id, agent_id, conversation_id, run_id, step_id, message_id, call_id, name,
    arguments, status, started_at)
  SELECT t.id, own.organization_id, own.agent_id, own.conversation_id, own.id, t.step_id, t.message_id, t.call_id, t.name,
    t.arguments, t.status, t.started_at
  FROM own, given, jsonb_to_recordset(d->'toolCalls') AS t(id text, step_id text, message_id text, call_id text, name text,
    arguments text, status text, started_at timestamptz))
SELECT ${HELD}`,
};

/** What tools wrote: blocks under compare-and-set, proposals, passages, searches; of `own`, whose `id` is the run, if there is one. */
const MEMORY_WRITES = `
block_heads AS (UPDATE block SET head_version_id = h.version_id
  FROM own, given, jsonb_to_recordset(d->'blockHeads') AS h(block_id text, base_version_id text, version_id text)
  WHERE block.id = h.block_id AND block.head_version_id = h.base_version_id AND block.deleted_at IS NULL RETURNING block.id),
block_versions AS (INSERT INTO block_version (id, organization_id, block_id, parent_id, number, label, value, description,
    limit_chars, read_only, metadata, operation, cause, agent_id, run_id, step_id, created_at, edits, write_policy)
  SELECT w.id, own.organization_id, w.block_id, w.parent_id, base.number + w.distance, coalesce(w.label, base.label),
    coalesce(w.value, base.value), coalesce(w.description, base.description),
    base.limit_chars, base.read_only, base.metadata, w.operation, w.cause, own.agent_id, own.id, d->>'stepId', (d->>'now')::timestamptz, w.edits, base.write_policy
  FROM own, given, jsonb_to_recordset(d->'blockVersions') AS w(id text, block_id text, parent_id text, base_version_id text,
    distance int, label text, value text, edits jsonb, description text, operation text, cause jsonb)
    JOIN block_version base ON base.id = w.base_version_id ORDER BY w.distance),
proposals AS (INSERT INTO memory_proposal (id, organization_id, block_id, agent_id, conversation_id, run_id, step_id, base_version_id,
    detach, label, value, description, edits, operation, cause, created_at, expires_at)
  SELECT p.id, own.organization_id, p.block_id, own.agent_id, own.conversation_id, own.id, d->>'stepId', p.base_version_id,
    p.detach, p.label, p.value, p.description, p.edits, p.operation, p.cause, (d->>'now')::timestamptz,
    (d->>'now')::timestamptz + make_interval(hours => p.expires_after_hours)
  FROM own, given, jsonb_to_recordset(d->'proposals') AS p(id text, block_id text, base_version_id text, detach boolean, label text,
    value text, description text, edits jsonb, operation text, cause jsonb, expires_after_hours int)),
new_passages AS (INSERT INTO passage (id, organization_id, archive_id, text, tags, created_by_id, created_at)
  SELECT p.id, own.organization_id, p.archive_id, p.text, p.tags, own.agent_id, (d->>'now')::timestamptz
  FROM own, given, jsonb_to_recordset(d->'passages') AS p(id text, archive_id text, text text, tags text[])),
events AS (INSERT INTO passage_event (id, organization_id, archive_id, agent_id, passage_id, type, search, cause, step_id, created_at)
  SELECT v.id, own.organization_id, v.archive_id, own.agent_id, v.passage_id, v.type, v.search, v.cause, d->>'stepId',
    (d->>'now')::timestamptz
  FROM own, given, jsonb_to_recordset(d->'passageEvents') AS v(id text, archive_id text, passage_id text, type text, search jsonb,
    cause jsonb)),
files AS (INSERT INTO workspace_version (id, organization_id, agent_id, path, number, hash, size, operation, cause, run_id, step_id,
    created_at)
  SELECT f.id, own.organization_id, own.agent_id, f.path, coalesce(f.number, (SELECT coalesce(max(v.number), 0) + 1
      FROM workspace_version v WHERE v.agent_id = own.agent_id AND v.path = f.path)), f.hash, f.size, f.operation, f.cause, own.id, d->>'stepId',
    (d->>'now')::timestamptz
  FROM own, given, jsonb_to_recordset(d->'workspaceVersions') AS f(id text, path text, number int, hash text, size int,
    operation text, cause jsonb))`;

/** How a commit fails whose blocks or workspace files have moved on, also where the other one writes at the same moment. */
export const CONFLICT = /^conflict$|block_version_block_id_number_key|workspace_version_agent_id_path_number_key/;

const UNCHANGED = `ledger_require((SELECT count(*) FROM block_heads) = (SELECT jsonb_array_length(d->'blockHeads') FROM given), 'conflict')`;

/**
 * What a tool wrote that ran for an agent outside of a run: `$1` as JSON, `$2` organization, `$3` agent. Prompts that show
 * it become stale. Fails with `conflict` where blocks have moved on; nothing is kept then.
 */
export const WRITE_MEMORY: Statement = {
  name: "write-memory",
  text: `
WITH given AS (SELECT $1::jsonb AS d),
own AS (SELECT $2::text AS organization_id, $3::text AS agent_id, NULL::text AS id, NULL::text AS conversation_id),
${MEMORY_WRITES},
stale AS (UPDATE agent SET compile_epoch = compile_epoch + 1
  WHERE id = $3 OR id IN (SELECT l.agent_id FROM agent_block l JOIN block_heads h ON h.id = l.block_id))
SELECT ${UNCHANGED}`,
};

/** Returns of tools with what they wrote: blocks under compare-and-set, passages, searches. */
export const SAVE_RETURNS: Statement = {
  name: "save-returns",
  text: `
WITH ${OWN_RUN},
step_done AS (UPDATE step SET status = d->>'stepStatus', completed_at = (d->>'now')::timestamptz,
    stop_reason = coalesce(e->>'stopReason', step.stop_reason),
    timings = step.timings || jsonb_build_object('toolsMs', (d->>'toolsMs')::float), compile_epoch = ${EPOCH}
  FROM own, given LEFT JOIN ending ON true WHERE step.id = d->>'stepId'),
calls AS (UPDATE tool_call SET status = r.status, started_at = r.started_at, ended_at = r.ended_at, stdout = nullif(r.stdout, 'null'::jsonb),
    stderr = nullif(r.stderr, 'null'::jsonb), sandbox = r.sandbox, memory_bytes = r.memory_bytes,
    return_message_id = r.return_message_id
  FROM own, given, jsonb_to_recordset(d->'returns') AS r(call_id text, status text, started_at timestamptz, ended_at timestamptz,
    stdout jsonb, stderr jsonb, sandbox text, memory_bytes bigint, return_message_id text)
  WHERE tool_call.conversation_id = own.conversation_id AND tool_call.step_id = d->>'stepId' AND tool_call.call_id = r.call_id),
${MEMORY_WRITES}
SELECT ${HELD},
  ${UNCHANGED}`,
};

/** The end of a run that no turn ended, or journal items alone. */
export const SAVE_END: Statement = { name: "save-end", text: `WITH ${OWN_RUN} SELECT ${HELD}` };

/** A compaction: its summary message, the new context, the event. */
export const SAVE_COMPACTION: Statement = {
  name: "save-compaction",
  text: `
WITH ${OWN_RUN},
${NEW_CASSETTE},
events AS (INSERT INTO compaction (id, organization_id, agent_id, conversation_id, run_id, step_id, trigger, mode,
    summary_message_id, summary, evicted, context_before, context_after, kept, stats, cause, created_at)
  SELECT c.id, own.organization_id, own.agent_id, own.conversation_id, own.id, c.step_id, c.trigger, c.mode, c.summary_message_id,
    c.summary, c.evicted, c.context_before, c.context_after, c.kept, c.stats, c.cause, (d->>'now')::timestamptz
  FROM own, given, jsonb_to_record(d->'compaction') AS c(id text, step_id text, trigger text, mode text, summary_message_id text,
    summary text, evicted jsonb, context_before jsonb, context_after jsonb, kept text[], stats jsonb, cause jsonb))
SELECT ${HELD}`,
};

/**
 * Starts a run: takes the conversation (its `active_key` is unique), keeps the request's messages, leases. `$1` JSON,
 * `$2` run, `$3` owner, `$4` conversation, `$5` the `next_seq` that the caller has read: another, or another context,
 * means that the conversation has moved on, and nothing is kept.
 */
export const START_RUN: Statement = {
  name: "start-run",
  text: `
WITH given AS (SELECT $1::jsonb AS d),
head AS (UPDATE conversation SET next_seq = next_seq + jsonb_array_length(d->'messages'), last_message_at = (d->>'now')::timestamptz
  FROM given WHERE conversation.id = $4 AND next_seq = $5 AND context = d->'context' AND deleted_at IS NULL
  RETURNING conversation.id, organization_id, agent_id),
runs AS (INSERT INTO run (id, organization_id, agent_id, conversation_id, active_key, status, background, request, request_hash, metadata,
    lease_owner, lease_expires_at, journal_reserved, callback_url, created_by_id, created_at, suite_run_id, key_id)
  SELECT $2, head.organization_id, head.agent_id, head.id, head.id, 'running', (d->>'background')::boolean, d->'request', d->>'requestHash',
    d->'metadata', $3, (d->>'leaseUntil')::timestamptz, (d->>'journalReserved')::int, d->>'callbackUrl', d->>'userId', (d->>'now')::timestamptz,
    (SELECT a.suite_run_id FROM agent a WHERE a.id = head.agent_id), d->>'keyId'
  FROM head, given),
told AS (UPDATE memory_proposal SET told_run_id = $2 FROM head, given
  WHERE memory_proposal.conversation_id = head.id AND memory_proposal.id IN (SELECT jsonb_array_elements_text(d->'told'))),
new_messages AS (INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, otid, name, sender_id,
    group_id, run_id, step_id, model, is_err, created_at)
  SELECT m.id, head.organization_id, head.agent_id, head.id, m.seq, m.role, m.parts, m.otid, m.name, m.sender_id, m.group_id,
    $2, m.step_id, m.model, m.is_err, m.created_at
  FROM head, given, jsonb_to_recordset(d->'messages') AS m${MESSAGE_RECORD} ORDER BY m.seq)
SELECT id FROM head`,
};
