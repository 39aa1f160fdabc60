import { CronExpressionParser } from "cron-parser";
import { invalid } from "../core/errors";

const FIELDS = 5;
/** The parser's "some minute or other", which it picks by chance. */
const BY_CHANCE = /(?:^|[\s,])H(?:[\s,/(]|$)/i;

/**
 * The first moment after `after` that a cron expression means, on the clock of a timezone. Where a change of clocks
 * leaves a time out, it comes that much later; where the clocks show a time twice, a fixed hour is the first of the two.
 *
 * @throws ApiError 422 for an expression of other than five fields, or that never comes, and for an unknown timezone.
 */
export function nextTime(cron: string, timezone: string, after: Date): Date {
  if (cron.trim().split(/\s+/).length !== FIELDS) throw invalid(`cron_expression must have ${FIELDS} fields`);
  if (BY_CHANCE.test(cron)) throw invalid("cron_expression must not have H");
  if (!isTimezone(timezone)) throw invalid(`timezone is not known: ${timezone}`);
  try {
    return CronExpressionParser.parse(cron.trim(), { tz: timezone, currentDate: after }).next().toDate();
  } catch (error) {
    throw invalid(`cron_expression can't be used: ${(error as Error).message}`);
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
