type Send = (sql: string, params: unknown[]) => Promise<unknown>;
type Year = { organizationId: string; agents: readonly string[]; runs: number; days?: number };

/**
 * Fills a database with a year of runs until now (or so many days), evenly: three steps each, two calls of thirty tools, a search or a write;
 * the first agents of the list run the most. Runs come last, so that nothing is added up that is not whole.
 */
export async function yearOfRuns(send: Send, { organizationId, agents, runs, days = 365 }: Year): Promise<void> {
  const params = [organizationId, agents, runs, days];
  const steps = "(SELECT r.*, p FROM made_run r, generate_series(0, 2) AS p) AS r";
  await send(
    `CREATE TABLE made_run AS SELECT 'run-' || lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000' AS id, $1::text AS org,
       ($2::text[])[1 + floor(cardinality($2::text[]) * power(random(), 2))::int] AS agent, n,
       now() - $4::int * interval '1 day' * (1 - n::float8 / $3::int) AS at
     FROM generate_series(1, $3::int) AS n`,
    params,
  );
  await send(
    `INSERT INTO step (id, organization_id, agent_id, conversation_id, run_id, position, status, model_handle, context_window,
       settings, agent_version_id, compile_id, block_version_ids, context_hash, context_ranges, context_tokens, prompt_tokens,
       completion_tokens, cached_tokens, cost, timings, created_at, completed_at)
     SELECT 'step-' || r.id || '-' || p, org, agent, 'conv', r.id, p, 'success', 'model/' || floor(5 * random())::int, 1, '{}', 'v',
       'c', '{}', 'h', '[]', '{}', 4000, 200, 1000, CASE WHEN r.n % 500 <> 1 THEN 0.01 END, '{}', at, at FROM ${steps}`,
    [],
  );
  await send(
    `INSERT INTO tool_call (id, organization_id, agent_id, conversation_id, run_id, step_id, message_id, call_id, name, arguments,
       status, started_at, ended_at)
     SELECT 'call-' || r.id || '-' || p, org, agent, 'conv', r.id, 'step-' || r.id || '-' || p, 'm', 'c',
       'tool_' || floor(30 * random())::int, '{}', CASE WHEN random() < 0.05 THEN 'error' ELSE 'success' END, at,
       at + random() * interval '5 seconds' FROM ${steps} WHERE p < 2`,
    [],
  );
  await send(
    `INSERT INTO passage_event (id, organization_id, agent_id, type, search, cause, step_id, created_at)
     SELECT 'event-' || r.id, org, agent, CASE WHEN random() < 0.5 THEN 'search' ELSE 'insert' END,
       CASE WHEN random() < 0.2 THEN '{"candidates": []}' ELSE '{"candidates": [{"returned": true}]}' END::jsonb, '{}',
       'step-' || r.id || '-0', at FROM made_run r`,
    [],
  );
  await send(
    `INSERT INTO run (id, organization_id, agent_id, conversation_id, status, request, created_at, completed_at, ttft_ns,
       total_duration_ns, created_by_id)
     SELECT id, org, agent, 'conv', CASE WHEN random() < 0.04 THEN 'failed' ELSE 'completed' END, '{}', at, at,
       (exp(random() * 4) * 1e8)::bigint, (exp(random() * 5) * 1e9)::bigint, 'user-' || (n % 20) FROM made_run`,
    [],
  );
  await send("DROP TABLE made_run", []);
  await send("ANALYZE", []);
}
