import { PLACE } from "./buckets";
import { TOOL_COLUMNS, USAGE_COLUMNS } from "./compute";

const merged = (column: string, of: string) => `(SELECT ${of}, array_agg(b * ${PLACE} + n ORDER BY b) AS ${column}
  FROM (SELECT ${of}, v / ${PLACE} AS b, sum(v % ${PLACE})::bigint AS n FROM source, unnest(${column}) AS v GROUP BY ${of}, v / ${PLACE}) AS one
  GROUP BY ${of})`;

const OF_USAGE = "agent_id, model, user_id";
const OF_TOOL = "agent_id, tool";
const NONE = "ARRAY[]::bigint[]";

const source = (table: string) =>
  `WITH source AS MATERIALIZED (SELECT * FROM ${table} WHERE organization_id = $1 AND grain = $2 AND at >= $4::timestamptz AND at < $5::timestamptz)`;

/** Adds the rows of a finer grain (`$2`), from `$4` to before `$5`, up to those of `$3` at `$4`, which are not there. */
export const MERGE_USAGE = `${source("usage")}
INSERT INTO usage (${USAGE_COLUMNS})
SELECT $1, $3, $4::timestamptz, ${OF_USAGE}, runs, failed, cancelled, steps, prompt, completion, cached, cost, unpriced, writes,
  compactions, searches, empty_searches, coalesce(firsts, ${NONE}), coalesce(wholes, ${NONE})
FROM (SELECT ${OF_USAGE}, sum(runs)::int AS runs, sum(failed)::int AS failed, sum(cancelled)::int AS cancelled,
    sum(steps)::int AS steps, sum(prompt)::bigint AS prompt, sum(completion)::bigint AS completion,
    sum(cached)::bigint AS cached, sum(cost) AS cost, sum(unpriced)::int AS unpriced, sum(writes)::int AS writes,
    sum(compactions)::int AS compactions, sum(searches)::int AS searches, sum(empty_searches)::int AS empty_searches
  FROM source GROUP BY ${OF_USAGE}) AS sums
LEFT JOIN ${merged("firsts", OF_USAGE)} AS f USING (${OF_USAGE})
LEFT JOIN ${merged("wholes", OF_USAGE)} AS w USING (${OF_USAGE})`;

/** As `MERGE_USAGE`, of tools. */
export const MERGE_TOOLS = `${source("tool_usage")}
INSERT INTO tool_usage (${TOOL_COLUMNS})
SELECT $1, $3, $4::timestamptz, ${OF_TOOL}, calls, failures, denied, coalesce(times, ${NONE})
FROM (SELECT ${OF_TOOL}, sum(calls)::int AS calls, sum(failures)::int AS failures, sum(denied)::int AS denied
  FROM source GROUP BY ${OF_TOOL}) AS sums
LEFT JOIN ${merged("times", OF_TOOL)} AS t USING (${OF_TOOL})`;
