/**
 * Times are kept as counts by bucket, so that those of hours can be added up and percentiles be told of any span. Bucket 0 is
 * what took less than a millisecond; bucket n from 1 holds from GROWTH^(n-1) up to GROWTH^n milliseconds, the last one what
 * is longer too. A time is told as the geometric middle of its bucket, which is off by less than 5 % (√1.1 − 1 = 4.9 %).
 */
const GROWTH = 1.1;
/** Begins above 24 hours. */
const LAST = 200;

/** A bucket and its count are kept as one number, `bucket × 10¹² + count`. */
export const PLACE = "1000000000000";

/** SQL of the bucket of an expression in milliseconds; null of null. */
export function bucketSql(ms: string): string {
  return `CASE WHEN ${ms} IS NULL THEN NULL WHEN ${ms} < 1 THEN 0 ELSE least(${LAST}, 1 + floor(ln((${ms})::float8) / ln(${GROWTH}::float8)))::int END`;
}

/** SQL of the counts of an array of buckets, as they are kept. */
export function packSql(buckets: string): string {
  return `ARRAY(SELECT b.b * ${PLACE} + count(*) FROM unnest(${buckets}) AS b(b) WHERE b.b IS NOT NULL GROUP BY b.b ORDER BY b.b)`;
}

/** Milliseconds that a bucket stands for; null of null. */
export function msOfBucket(bucket: number | null): number | null {
  if (bucket === null) return null;
  return bucket === 0 ? 0.5 : GROWTH ** (bucket - 0.5);
}

/**
 * SQL of CTEs that find percentiles: `<name>` has, for each `key` of `from`, the buckets p50, p95 and p99 of its column of
 * counts.
 */
export function percentilesSql(name: string, from: string, column: string): string {
  return `${name}_buckets AS (SELECT key, v / ${PLACE} AS b, sum(v % ${PLACE}) AS n FROM ${from}, unnest(${column}) AS v GROUP BY 1, 2),
${name} AS (SELECT key, min(b) FILTER (WHERE upto >= 0.5 * whole)::int AS p50, min(b) FILTER (WHERE upto >= 0.95 * whole)::int AS p95,
    min(b) FILTER (WHERE upto >= 0.99 * whole)::int AS p99
  FROM (SELECT key, b, sum(n) OVER (PARTITION BY key ORDER BY b) AS upto, sum(n) OVER (PARTITION BY key) AS whole
    FROM ${name}_buckets) AS counted GROUP BY key)`;
}
