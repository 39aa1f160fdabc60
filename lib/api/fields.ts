import { z } from "@hono/zod-openapi";
import { queryBoolean, queryList } from "./common";

/** What a Postgres `integer` holds. */
const MAX_INT4 = 2_147_483_647;
/** What still fits into an index entry, in characters of up to four bytes. */
const MAX_KEY_CHARS = 255;

/** A text that is indexed: a name, a tag, a key. */
export const shortText = z.string().min(1).max(MAX_KEY_CHARS);
/** What an agent may be called. Agents that came with a file, or that are older than this rule, may have other names. */
export const agentName = shortText.regex(
  /^[\p{L}\p{M}\p{N}_ '-]+$/u,
  "a name has letters, digits, _, -, ' and spaces only",
);
export const count = z.number().int().min(1).max(MAX_INT4);
/** A number in a query that is compared with a count. */
export const queryCount = z.coerce.number().int().min(-1).max(MAX_INT4);
const MAX_EMAIL_CHARS = 254;
/** Without regard to case: it is kept in lower case. */
export const emailSchema = z.string().trim().toLowerCase().max(MAX_EMAIL_CHARS).pipe(z.email());
/** A password that is looked at. */
export const givenPassword = z.string().min(1).max(10_000);
export const PASSWORD_CHARS = { min: 10, max: 128 } as const;
/** A password that is set. */
export const newPassword = z
  .string()
  .min(PASSWORD_CHARS.min, `a password has at least ${PASSWORD_CHARS.min} characters`)
  .max(PASSWORD_CHARS.max, `a password has at most ${PASSWORD_CHARS.max} characters`);
/** What a link brings along after its #. */
export const linkToken = z.string().min(1).max(200);

/** An address that the server posts to. */
export const httpUrl = z.url({ protocol: /^https?$/ }).max(2083);
/** A place in a stream: what is after it is wanted. */
export const position = z.number().int().min(0).max(MAX_INT4);

const DATE_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** A moment in ISO 8601; without an offset it is UTC. */
export const dateTime = z
  .string()
  .max(64)
  .transform((text, issues) => {
    const match = DATE_TIME.exec(text);
    const zoned = match && !match[1] && text.length > 10 ? `${text}Z` : text;
    const time = match ? Date.parse(zoned.replace(" ", "T")) : Number.NaN;
    const year = new Date(time).getUTCFullYear();
    if (Number.isNaN(time) || year < 1 || year > 9999) {
      issues.addIssue({ code: "custom", message: "must be a date and time in ISO 8601" });
      return z.NEVER;
    }
    return new Date(time).toISOString();
  })
  .openapi({ type: "string", format: "date-time", maxLength: 64 });

export const AGENT_INCLUDES = [
  "agent.blocks",
  "agent.identities",
  "agent.managed_group",
  "agent.pending_approval",
  "agent.secrets",
  "agent.sources",
  "agent.tags",
  "agent.tools",
] as const;

/** Which relations of an agent a client asks for. All are always filled; an unknown name is refused, as the contract does. */
export const includeQuery = {
  include: queryList(z.enum(AGENT_INCLUDES)),
  include_relationships: queryList(z.string()).describe("Deprecated: all relations are always filled"),
};

/** Of deletions: whether the past goes too. */
export const eraseQuery = z.object({
  erase: queryBoolean
    .default(false)
    .describe(
      "Memoir's own: also take what it said out of the past: versions, contexts, answers, calls, searches, forks. It can't be brought back; that it was erased, by whom and when stays",
    ),
});
