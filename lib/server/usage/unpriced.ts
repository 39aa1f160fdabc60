/**
 * How many steps have a price that is not known. A step that failed or was stopped, and that no usage came of, costs nothing
 * that can be known.
 */
export const UNPRICED = `(count(*) FILTER (WHERE cost IS NULL AND (prompt_tokens IS NOT NULL OR status NOT IN ('failed', 'cancelled'))))::int`;
