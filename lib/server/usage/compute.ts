import { bucketSql, packSql } from "./buckets";
import { UNPRICED } from "./unpriced";

/**
 * What hours used, computed from the ledger: what is kept in `usage` and `tool_usage`, and what is read of the hours that
 * are not there yet. All of it counts to the hour in which its run began, so that a list of the runs of a span shows what
 * its figures are made of. A run that was deleted counts no more; what happened outside of runs never did.
 *
 * A text of CTEs that expects `$1`, the organization, and runs begun from `$2` to before `$3`; which of them is said by a
 * further condition on `run`. `computed` and `computed_tools` have the columns of the tables. A run counts for each model that a step of it asked, with its times: figures of models may
 * be more together than those of all.
 */
const runsSql = (which: string) => `
r AS MATERIALIZED (SELECT date_trunc('hour', run.created_at, 'UTC') AS at, run.id, run.agent_id, run.created_by_id AS user_id,
    (run.status = 'failed')::int AS failed, (run.status = 'cancelled')::int AS cancelled,
    ${bucketSql("run.ttft_ns / 1000000.0")} AS first, ${bucketSql("run.total_duration_ns / 1000000.0")} AS whole
  FROM run WHERE run.organization_id = $1 AND run.created_at >= $2::timestamptz AND run.created_at < $3::timestamptz
    AND run.suite_run_id IS NULL
    AND ${which})`;

const STEPS = `
asked AS MATERIALIZED (SELECT r.id AS run_id, step.model_handle AS model, count(*) AS steps,
    coalesce(sum(prompt_tokens), 0) AS prompt, coalesce(sum(completion_tokens), 0) AS completion,
    sum(cached_tokens) AS cached, sum(cost) AS cost, ${UNPRICED} AS unpriced
  FROM r JOIN step ON step.run_id = r.id GROUP BY 1, 2),
used AS (SELECT run_id, sum(steps) AS steps, sum(prompt) AS prompt, sum(completion) AS completion, sum(cached) AS cached,
    sum(cost) AS cost, sum(unpriced) AS unpriced FROM asked GROUP BY 1)`;

/** A search found nothing where none of its candidates was given to the agent. */
const MEMORY = `
remembered AS (SELECT run_id, sum(writes) AS writes, sum(compactions) AS compactions, sum(searches) AS searches,
    sum(empty_searches) AS empty_searches
  FROM (SELECT r.id AS run_id, 1 AS writes, 0 AS compactions, 0 AS searches, 0 AS empty_searches
      FROM r JOIN step ON step.run_id = r.id JOIN block_version v ON v.step_id = step.id
    UNION ALL SELECT r.id, (e.type <> 'search')::int, 0, (e.type = 'search')::int,
        (e.type = 'search' AND NOT coalesce(e.search->'candidates' @> '[{"returned": true}]', false))::int
      FROM r JOIN step ON step.run_id = r.id JOIN passage_event e ON e.step_id = step.id
    UNION ALL SELECT r.id, 0, 1, 0, 0 FROM r JOIN compaction ON compaction.run_id = r.id) AS one GROUP BY 1)`;

const SUMS = `count(*)::int AS runs, sum(failed)::int AS failed, sum(cancelled)::int AS cancelled,
    coalesce(sum(steps), 0)::int AS steps, coalesce(sum(prompt), 0)::bigint AS prompt,
    coalesce(sum(completion), 0)::bigint AS completion, sum(cached)::bigint AS cached, sum(cost) AS cost,
    coalesce(sum(unpriced), 0)::int AS unpriced`;

const CELLS = `
cells AS (SELECT at, agent_id, NULL AS model, user_id, ${SUMS}, coalesce(sum(writes), 0)::int AS writes,
    coalesce(sum(compactions), 0)::int AS compactions, coalesce(sum(searches), 0)::int AS searches,
    coalesce(sum(empty_searches), 0)::int AS empty_searches, array_agg(first) AS firsts, array_agg(whole) AS wholes
  FROM r LEFT JOIN used ON used.run_id = r.id LEFT JOIN remembered m ON m.run_id = r.id
  GROUP BY GROUPING SETS ((at), (at, agent_id), (at, user_id))
  HAVING NOT (grouping(user_id) = 0 AND user_id IS NULL)
  UNION ALL
  SELECT at, agent_id, model, NULL, ${SUMS}, 0, 0, 0, 0, array_agg(first), array_agg(whole)
  FROM r JOIN asked ON asked.run_id = r.id WHERE model <> ''
  GROUP BY GROUPING SETS ((at, model), (at, agent_id, model))),
computed AS (SELECT $1::text AS organization_id, 'hour' AS grain, at, coalesce(agent_id, '') AS agent_id,
    coalesce(model, '') AS model, coalesce(user_id, '') AS user_id, runs, failed, cancelled, steps, prompt, completion, cached,
    cost, unpriced, writes, compactions, searches, empty_searches, ${packSql("firsts")} AS firsts,
    ${packSql("wholes")} AS wholes
  FROM cells)`;

/** A call that nobody has answered yet counts for nothing; one that was refused has no time. */
const TOOLS = `
tool_cells AS (SELECT at, agent_id, tool, count(*) FILTER (WHERE status <> 'denied')::int AS calls,
    count(*) FILTER (WHERE status IN ('error', 'interrupted'))::int AS failures,
    count(*) FILTER (WHERE status = 'denied')::int AS denied, array_agg(took) AS times
  FROM (SELECT r.at, r.agent_id, c.name AS tool, c.status,
      CASE WHEN c.status IN ('success', 'error') THEN ${bucketSql("extract(epoch FROM c.ended_at - c.started_at) * 1000")} END AS took
    FROM r JOIN tool_call c ON c.run_id = r.id WHERE c.status IN ('success', 'error', 'interrupted', 'denied')) AS one
  GROUP BY GROUPING SETS ((at, tool), (at, agent_id, tool))),
computed_tools AS (SELECT $1::text AS organization_id, 'hour' AS grain, at, coalesce(agent_id, '') AS agent_id, tool, calls,
    failures, denied, ${packSql("times")} AS times
  FROM tool_cells)`;

export const computedSql = (which: string) => `${runsSql(which)},${STEPS},${MEMORY},${CELLS}`;
export const computedToolsSql = (which: string) => `${runsSql(which)},${TOOLS}`;

export const USAGE_COLUMNS = `organization_id, grain, at, agent_id, model, user_id, runs, failed, cancelled, steps, prompt,
  completion, cached, cost, unpriced, writes, compactions, searches, empty_searches, firsts, wholes`;
export const TOOL_COLUMNS = "organization_id, grain, at, agent_id, tool, calls, failures, denied, times";
