import type { Ctx } from "../core/core";
import { invalid } from "../core/errors";
import { HOUR_MS } from "./roll-up";

export type Interval = "hour" | "day";
/** From the beginning of an hour to before another, in milliseconds. */
export type Span = { from: number; to: number };
/** Rows of one grain, from and to before. */
type Piece = { grain: "hour" | "day" | "month"; from: number; to: number };

const DAY_MS = 24 * HOUR_MS;
const MOST_DAYS = 366;
/** Hours are told one by one for this long if not asked otherwise, and for that long at most. */
const HOURLY_DAYS = 7;
const MOST_HOURLY_DAYS = 31;

type SpanQuery = { start_date?: string | null | undefined; end_date?: string | null | undefined };

/**
 * The span that a query asks for, widened to whole hours, or to whole UTC days.
 *
 * @throws ApiError `invalid` for one that ends before it begins, or is too long.
 */
export function spanOf(ctx: Ctx, query: SpanQuery, unit: Interval = "hour"): Span {
  const end = query.end_date ? Date.parse(query.end_date) : ctx.now().getTime();
  const start = query.start_date ? Date.parse(query.start_date) : end - DAY_MS;
  if (start >= end) throw invalid("end_date: must be after start_date");
  if (end - start > MOST_DAYS * DAY_MS) throw invalid(`start_date: a span is at most ${MOST_DAYS} days`);
  const ms = unit === "hour" ? HOUR_MS : DAY_MS;
  return { from: Math.floor(start / ms) * ms, to: Math.ceil(end / ms) * ms };
}

/** By hours or by days. @throws ApiError `invalid` where there are too many hours. */
export function intervalOf(span: Span, asked: Interval | null | undefined): Interval {
  const days = (span.to - span.from) / DAY_MS;
  if (asked === "hour" && days > MOST_HOURLY_DAYS)
    throw invalid(`interval: hours are told for at most ${MOST_HOURLY_DAYS} days; ask for days`);
  return asked ?? (days <= HOURLY_DAYS ? "hour" : "day");
}

export const spanBefore = ({ from, to }: Span): Span => ({ from: from - (to - from), to: from });

/** A span in the fewest rows: whole months, whole days, and the hours at its ends. */
export function piecesOf({ from, to }: Span): Piece[] {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(to / DAY_MS) * DAY_MS;
  if (firstDay >= lastDay) return [{ grain: "hour", from, to }];
  const firstMonth = monthOf(firstDay - 1, 1);
  const lastMonth = monthOf(lastDay, 0);
  const days: Piece[] =
    firstMonth < lastMonth
      ? [
          { grain: "day", from: firstDay, to: firstMonth },
          { grain: "month", from: firstMonth, to: lastMonth },
          { grain: "day", from: lastMonth, to: lastDay },
        ]
      : [{ grain: "day", from: firstDay, to: lastDay }];
  const all: Piece[] = [{ grain: "hour", from, to: firstDay }, ...days, { grain: "hour", from: lastDay, to }];
  return all.filter((piece) => piece.from < piece.to);
}

/** The beginning of a month, some months on. */
function monthOf(time: number, ahead: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead);
}

/** Beginnings of all hours or days of a span. */
export function beginnings({ from, to }: Span, interval: Interval): string[] {
  const ms = interval === "hour" ? HOUR_MS : DAY_MS;
  return Array.from({ length: Math.round((to - from) / ms) }, (_, n) => new Date(from + n * ms).toISOString());
}
