import { pythonRepr } from "../python-repr";
import { formatIso, timeAgo, wallTimeToMs } from "../time";
import type { Tool } from "../tool";
import {
  findEnumArg,
  findIntegerArg,
  findStringArg,
  findStringListArg,
  stringArg,
  type ToolArgs,
  ToolFailure,
} from "./tool-args";

const ROLES = ["assistant", "user", "tool"] as const;
const TAG_MATCH_MODES = ["any", "all"] as const;
const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 100;

/**
 * The tools that search recall and archival memory, by name, without their `run`: the server gives it, on top of
 * `conversationQuery`, `archivalQuery`, `archivalNote` and the two formatters. Their returns are never cut.
 */
export const SEARCH_TOOL_SPECS = {
  conversation_search: {
    name: "conversation_search",
    description:
      "Searches all past messages of your conversations, including those that are no longer in your context. Use it whenever something is mentioned that you should know but don't see: what was said, agreed or done before.\n\n" +
      "Messages are found by their words and by their meaning. Search for what the message would have said, and search again in other words if the first try finds nothing. Without a query you get the latest messages that pass the filters.\n\n" +
      "Examples:\n" +
      '  conversation_search(query="name of her dentist")\n' +
      '  conversation_search(query="budget for the garden", roles=["user"], start_date="2026-03-01", end_date="2026-03-31")\n' +
      '  conversation_search(start_date="2026-05-04", limit=20)',
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", description: "What to look for. Leave it out to go by the filters alone." },
        roles: {
          type: "array",
          items: { type: "string", enum: [...ROLES] },
          description:
            "Only messages by these: 'user' is the person, 'assistant' is you, 'tool' is what tools returned.",
        },
        limit: { type: "integer", description: `Most results to return (default ${DEFAULT_LIMIT}).` },
        start_date: {
          type: "string",
          description:
            "Only messages from this moment on, in your timezone: YYYY-MM-DD (from the start of that day) or YYYY-MM-DDTHH:MM.",
        },
        end_date: {
          type: "string",
          description:
            "Only messages up to this moment, in your timezone: YYYY-MM-DD (to the end of that day) or YYYY-MM-DDTHH:MM.",
        },
      },
      required: [],
    },
    returnLimitChars: null,
    parallel: false,
  },

  archival_memory_insert: {
    name: "archival_memory_insert",
    description:
      "Stores a note in archival memory, which has no size limit but isn't in view: you get it back only by searching. Use it for what is worth keeping but not needed in every conversation: details, results, events, things the person told you at length.\n\n" +
      "Write a note that can be understood by itself and found later: one subject, full names, dates, and the words you would search for. Tags help to narrow a search; use few, and the same ones again.\n\n" +
      'Example: archival_memory_insert(content="2026-05-04: Maria decided on cedar for the raised beds because it lasts without treatment.", tags=["garden", "decisions"])',
    parameters: {
      type: "object",
      properties: {
        content: { type: "string", description: "The note, understandable by itself." },
        tags: { type: "array", items: { type: "string" }, description: 'Tags to file it under, such as ["garden"].' },
      },
      required: ["content"],
    },
    returnLimitChars: null,
    parallel: false,
  },

  archival_memory_search: {
    name: "archival_memory_search",
    description:
      "Searches the notes in archival memory, by words and by meaning. Use it before you say that you don't know something you may have noted down.\n\n" +
      "Describe what you are looking for in natural language. If nothing fits, try other words or fewer filters.\n\n" +
      "Examples:\n" +
      '  archival_memory_search(query="wood for the raised beds")\n' +
      '  archival_memory_search(query="what was decided", tags=["garden", "decisions"], tag_match_mode="all", top_k=10)',
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", description: "What to look for." },
        tags: { type: "array", items: { type: "string" }, description: "Only notes with these tags." },
        tag_match_mode: {
          type: "string",
          enum: [...TAG_MATCH_MODES],
          description: "Whether a note must have any of the tags (the default) or all of them.",
        },
        top_k: { type: "integer", description: `Most results to return (default ${DEFAULT_LIMIT}).` },
        start_datetime: {
          type: "string",
          description: "Only notes stored from this moment on, in your timezone: YYYY-MM-DD or YYYY-MM-DDTHH:MM.",
        },
        end_datetime: {
          type: "string",
          description:
            "Only notes stored up to this moment, in your timezone: YYYY-MM-DD (to the end of that day) or YYYY-MM-DDTHH:MM.",
        },
      },
      required: ["query"],
    },
    returnLimitChars: null,
    parallel: false,
  },
} satisfies Record<string, Tool>;

/** A search of recall memory as the model asked for it. `from` and `to` are inclusive, ISO 8601 in UTC. */
export type ConversationQuery = {
  query: string | null;
  roles: (typeof ROLES)[number][] | null;
  limit: number;
  from: string | null;
  to: string | null;
};

/** Reads the arguments of `conversation_search`. Throws `ToolFailure`. */
export function conversationQuery(args: ToolArgs, timezone: string): ConversationQuery {
  const roles = findStringListArg(args, "roles") ?? [];
  const unknown = roles.find((role) => !ROLES.some((known) => known === role));
  if (unknown !== undefined) {
    throw new ToolFailure(`Argument 'roles' may hold ${ROLES.join(", ")}, got '${unknown}'.`);
  }
  return {
    query: findStringArg(args, "query")?.trim() || null,
    roles: roles.length > 0 ? (roles as ConversationQuery["roles"]) : null,
    limit: findLimit(args, "limit"),
    from: findDate(args, "start_date", timezone)?.from ?? null,
    to: findDate(args, "end_date", timezone)?.to ?? null,
  };
}

/** A search of archival memory as the model asked for it. `from` and `to` are inclusive, ISO 8601 in UTC. */
export type ArchivalQuery = {
  query: string;
  tags: string[];
  tagMatchMode: (typeof TAG_MATCH_MODES)[number];
  limit: number;
  from: string | null;
  to: string | null;
};

/** Reads the arguments of `archival_memory_search`. Throws `ToolFailure`. */
export function archivalQuery(args: ToolArgs, timezone: string): ArchivalQuery {
  return {
    query: stringArg(args, "query"),
    tags: findStringListArg(args, "tags") ?? [],
    tagMatchMode: findEnumArg(args, "tag_match_mode", TAG_MATCH_MODES) ?? "any",
    limit: findLimit(args, "top_k"),
    from: findDate(args, "start_datetime", timezone)?.from ?? null,
    to: findDate(args, "end_datetime", timezone)?.to ?? null,
  };
}

/** Reads the arguments of `archival_memory_insert`. Throws `ToolFailure`. */
export function archivalNote(args: ToolArgs): { text: string; tags: string[] } {
  return { text: stringArg(args, "content"), tags: [...new Set(findStringListArg(args, "tags") ?? [])] };
}

/** Where a result stood in the lists that it was found in; wire names, shown to the model as they are. */
export type Relevance = { rrf_score: number; vector_rank: number | null; fts_rank: number | null };

export type FoundMessage = { createdAt: string; role: string; content: string; relevance?: Relevance };

/** What `conversation_search` returns. `now` is ISO 8601, UTC. */
export function conversationResults(
  found: readonly FoundMessage[],
  { now, timezone }: { now: string; timezone: string },
) {
  return {
    message: found.length === 0 ? "No results found." : `Showing ${found.length} results:`,
    results: found.map(({ createdAt, role, content, relevance }) => ({
      timestamp: formatIso(createdAt, timezone),
      time_ago: timeAgo(createdAt, now),
      role,
      ...(relevance && { relevance }),
      content,
    })),
  };
}

export type FoundPassage = { id: string; createdAt: string; text: string; tags: string[]; relevance?: Relevance };

/** What `archival_memory_search` returns: the text of a Python list of dicts, as on Letta V1's wire. */
export function archivalResults(found: readonly FoundPassage[], timezone: string): string {
  return pythonRepr(
    found.map(({ id, createdAt, text, tags, relevance }) => ({
      id,
      timestamp: formatIso(createdAt, timezone),
      content: text,
      tags,
      relevance,
    })),
  );
}

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * The span of time that a date or time names: a whole day, minute or second; ISO 8601, UTC. Without an offset of its own the
 * text is read in `timezone`. `name` is the argument it came from. Throws `ToolFailure` where it is no such date.
 */
export function parseDate(text: string, name: string, timezone: string): { from: string; to: string } {
  const match = ISO_DATE.exec(text.trim());
  const wallMs = match ? wallTimeOf(match.slice(1, 7)) : null;
  if (!match || wallMs === null) {
    throw new ToolFailure(`Invalid ${name} format: ${text}. Use ISO 8601 format (YYYY-MM-DD or YYYY-MM-DDTHH:MM)`);
  }
  const [hour, second, offset] = [match[4], match[6], match[8]];
  const lengthMs = hour === undefined ? 86_400_000 : second === undefined ? 60_000 : 1000;
  const toMs = (ms: number) => (offset === undefined ? wallTimeToMs(ms, timezone) : ms - offsetMs(offset));
  return { from: new Date(toMs(wallMs)).toISOString(), to: new Date(toMs(wallMs + lengthMs) - 1).toISOString() };
}

/** Year, month, day, hour, minute and second as if in UTC; null where the calendar has no such time. */
function wallTimeOf(digits: (string | undefined)[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map((text) => Number(text ?? 0));
  const wall = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isDate = wall.getUTCMonth() === month - 1 && wall.getUTCDate() === day;
  const isReal = isDate && hour < 24 && minute < 60 && second < 60;
  return isReal ? wall.getTime() : null;
}

function findDate(args: ToolArgs, name: string, timezone: string): { from: string; to: string } | undefined {
  const text = findStringArg(args, name);
  return text === undefined || text.trim() === "" ? undefined : parseDate(text, name, timezone);
}

function findLimit(args: ToolArgs, name: string): number {
  return Math.min(Math.max(findIntegerArg(args, name) ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
}

function offsetMs(text: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  if (!sign) return 0;
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
}
