import { parseDate } from "@/lib/engine/tools/search-tools";
import { ToolFailure } from "@/lib/engine/tools/tool-args";
import { invalid } from "../core/errors";

/** Runs what reads arguments as a tool does. @throws ApiError `invalid`, in the words that the model would get. */
export function readArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (failure) {
    if (failure instanceof ToolFailure) throw invalid(failure.message);
    throw failure;
  }
}

type Dates = { start_date?: string | null | undefined; end_date?: string | null | undefined };

/** The span of time that a request names, inclusive; a day is a whole one, and without an offset in UTC. @throws ApiError `invalid`. */
export function readDates({ start_date, end_date }: Dates): { from: string | null; to: string | null } {
  return readArguments(() => ({
    from: start_date ? parseDate(start_date, "start_date", "UTC").from : null,
    to: end_date ? parseDate(end_date, "end_date", "UTC").to : null,
  }));
}
