import type { Query } from "@/lib/api/endpoint";
import type { TAG_ENDPOINTS } from "@/lib/api/tags";
import type { Ctx } from "../core/core";

type ListTagsQuery = Query<(typeof TAG_ENDPOINTS)[0]>;

/** The tags of agents and blocks, each once, in the order of their characters. A cursor is a tag, known or not. */
export async function listTags(ctx: Ctx, query: ListTagsQuery): Promise<string[]> {
  const { after = null, before = null, order, limit } = query;
  const backwards = before !== null && after === null;
  const descending = (order === "desc") !== backwards;
  const [lower, upper] = order === "asc" ? [after, before] : [before, after];
  const rows = await ctx.db.query<{ tag: string }>(descending ? LIST_DESCENDING : LIST_ASCENDING, [
    ctx.actor.organizationId,
    pattern(query.name ?? query.query_text ?? null),
    lower,
    upper,
    limit,
  ]);
  const tags = rows.map((row) => row.tag);
  return backwards ? tags.toReversed() : tags;
}

function pattern(text: string | null): string | null {
  return text && `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

const LIST = `
SELECT tag FROM (
    SELECT tag FROM agent_tag WHERE organization_id = $1
    UNION SELECT unnest(tags) FROM block WHERE organization_id = $1 AND deleted_at IS NULL
  ) AS all_tags
WHERE ($2::text IS NULL OR tag ILIKE $2) AND ($3::text IS NULL OR tag COLLATE "C" > $3)
  AND ($4::text IS NULL OR tag COLLATE "C" < $4)`;
const LIST_ASCENDING = `${LIST} ORDER BY tag COLLATE "C" ASC LIMIT $5`;
const LIST_DESCENDING = `${LIST} ORDER BY tag COLLATE "C" DESC LIMIT $5`;
