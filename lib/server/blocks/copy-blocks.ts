import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import type { BlockVersionModel } from "../db/generated/models";

export type BlockCopying = {
  /** The agent that the copies are made for. */
  agentId: string;
  /** The blocks to copy, each as one of its versions. */
  heads: readonly BlockVersionModel[];
  /** Earlier versions of them that a prompt shows; each is copied as a version before its head. */
  shown: readonly BlockVersionModel[];
  /** Other values, by label, each of which is a version after the copy. */
  values: Readonly<Record<string, string>>;
  operation?: "create" | "fork";
  cause: Cause;
};

/** The copies' ids, in the order of their originals, and which version each copied version became. */
export type CopiedBlocks = { blockIds: string[]; versionOf: Map<string, { id: string; blockId: string }> };

/** Copies blocks as they were. A copy says of which version it is one, so that its author can be found. */
export async function copyBlocksAt(ctx: Ctx, sql: Sql, copying: BlockCopying): Promise<CopiedBlocks> {
  const { agentId, heads, shown, values, operation = "fork", cause } = copying;
  const versionOf: CopiedBlocks["versionOf"] = new Map();
  const blockIds: string[] = [];
  for (const head of heads) {
    const blockId = newId("block");
    blockIds.push(blockId);
    const before = shown.filter((version) => version.blockId === head.blockId && version.id !== head.id);
    const chain: NewVersion[] = [...before, head].map((version) => copyOf(version, version.id));
    const value = values[head.label];
    if (value !== undefined && value !== head.value) chain.push({ ...copyOf(head, null), value });
    for (const version of chain)
      if (version.copiedFromId) versionOf.set(version.copiedFromId, { id: version.id, blockId });
    await sql.query(INSERT_BLOCK, [
      blockId,
      ctx.actor.organizationId,
      JSON.stringify(chain),
      chain.at(-1)!.id,
      agentId,
      ctx.actor.userId,
      JSON.stringify(cause),
      ctx.now().toISOString(),
      operation,
    ]);
  }
  return { blockIds, versionOf };
}

type NewVersion = ReturnType<typeof copyOf>;

function copyOf(version: BlockVersionModel, copiedFromId: string | null) {
  const { label, value, description, limitChars, readOnly, metadata, writePolicy } = version;
  return { id: newId("version"), label, value, description, limitChars, readOnly, metadata, writePolicy, copiedFromId };
}

// In the order of the chain, so that the ledger has them in it too.
const INSERT_BLOCK = `
WITH given AS (SELECT x.*, row_number() OVER () AS n FROM jsonb_to_recordset($3::jsonb) AS x("id" text, "label" text,
    "value" text, "description" text, "limitChars" int, "readOnly" boolean, "metadata" jsonb, "writePolicy" jsonb, "copiedFromId" text)),
  versions AS (INSERT INTO block_version (id, organization_id, block_id, parent_id, number, label, value, description,
      limit_chars, read_only, metadata, operation, cause, copied_from_id, created_at, write_policy)
    SELECT "id", $2, $1, lag("id") OVER (ORDER BY n), n, "label", "value", "description", "limitChars", "readOnly",
      "metadata", $9, $7::jsonb, "copiedFromId", $8::timestamptz, nullif("writePolicy", 'null') FROM given ORDER BY n)
INSERT INTO block (id, organization_id, head_version_id, made_for_agent_id, created_by_id, last_updated_by_id, created_at)
  VALUES ($1, $2, $4, $5, $6, $6, $8::timestamptz)`;
