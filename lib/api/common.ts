import { z } from "@hono/zod-openapi";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** `<prefix>-<uuid>`, the form of every id on the wire. */
export function idSchema(prefix: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}-${UUID}$`), `must be an id of the form ${prefix}-<uuid>`)
    .openapi({ example: `${prefix}-00000000-0000-4000-8000-000000000000` });
}

/** A query boolean: `true` and `false` as words. */
export const queryBoolean = z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] });

/** A repeated query parameter: one value or several. */
export function queryList<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).optional(),
  );
}

export const timestamp = z.string().describe("ISO 8601, UTC, e.g. 2026-01-02T03:04:05.678901Z");
export const jsonObject = z.record(z.string(), z.unknown());

/** NUL cannot be kept in a Postgres text: it is dropped, as the contract does for block values. */
export const withoutNul = z.string().transform((text) => text.replaceAll("\0", ""));

/** A block's value is kept with the line endings that models write, so that what they quote of it is found in it. */
export const blockValue = withoutNul.transform((text) => text.replace(/\r\n?/g, "\n"));

export const BLOCK_LABEL = /^[a-zA-Z0-9_/-]+$/;
export const blockLabel = z
  .string()
  .min(1)
  .max(1000)
  .regex(BLOCK_LABEL, "a label has letters, digits, _, - and / only")
  .describe("Where the block stands in the prompt, e.g. human");

const MAX_PAGE = 1000;

/**
 * The query of a paged list: ids as exclusive cursors, in the order of the list. The next page asks for `after` the
 * last id; a list ends with an empty page.
 */
export function pagingQuery(defaults: { limit: number; order: "asc" | "desc"; orderBy?: [string, ...string[]] }) {
  return {
    before: z.string().nullish().describe("Id: only what comes before it in the returned order"),
    after: z.string().nullish().describe("Id: only what comes after it in the returned order"),
    limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(defaults.limit),
    order: z.enum(["asc", "desc"]).default(defaults.order),
    order_by: z.enum(defaults.orderBy ?? ["created_at"]).default((defaults.orderBy ?? ["created_at"])[0]),
  };
}

export type Paging = {
  before?: string | null | undefined;
  after?: string | null | undefined;
  limit: number;
  order: "asc" | "desc";
  order_by: string;
};

export const messageReplySchema = z.object({ message: z.string() }).openapi("Confirmation");
