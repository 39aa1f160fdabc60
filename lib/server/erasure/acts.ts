import { deleteAgent } from "../agents/delete-agent";
import { deleteArchive } from "../archives/archives";
import { deleteBlock } from "../blocks/delete-block";
import { deleteConversation, getConversation } from "../conversations/conversations";
import type { Ctx } from "../core/core";
import { ApiError, conflict, notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { deleteFolder } from "../folders/agent-folders";
import { deleteFile } from "../folders/files";
import { type Erasing, erase } from "./erase";
import type { Targets } from "./scope";

/**
 * Each act erases something from the past, then deletes it as its ordinary deletion does. What was deleted before can be
 * erased still, as long as a past of somebody's has it.
 *
 * @throws ApiError `not-found`; `conflict` while an agent that has it is running; `forbidden` for an agent's access token.
 */
export type Act = (ctx: Ctx, id: string) => Promise<void>;

export async function start(ctx: Ctx, erasing: Erasing): Promise<void> {
  if (ctx.actor.policy)
    throw new ApiError("forbidden", "An access token of an agent may delete, but not erase: the past is not its own");
  await erase(ctx, erasing);
}

export const idsOf = async (sql: Sql, statement: string, params: unknown[]): Promise<string[]> =>
  (await sql.query<{ id: string }>(statement, params)).map((row) => row.id);

/** @throws ApiError `not-found`. */
async function require(
  ctx: Ctx,
  sql: Sql,
  table: "agent" | "archive" | "block" | "file" | "folder" | "message",
  id: string,
): Promise<void> {
  const found = await sql.query(`SELECT 1 FROM ${table} WHERE id = $1 AND organization_id = $2`, [
    id,
    ctx.actor.organizationId,
  ]);
  if (found.length === 0) throw notFound(table, id);
}

/** Deletes what may be deleted already. */
async function andDelete(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === "not-found")) throw error;
  });
}

export const eraseBlock: Act = async (ctx, id) => {
  await start(ctx, {
    resource: "block",
    resourceId: id,
    find: async (sql) => {
      await require(ctx, sql, "block", id);
      return { blockIds: [id] };
    },
  });
  await andDelete(deleteBlock(ctx, id));
};

/** Of an archive, or of one that the agent has or had. */
export async function erasePassage(
  ctx: Ctx,
  id: string,
  within: { archiveId: string } | { agentId: string },
): Promise<void> {
  await start(ctx, {
    resource: "passage",
    resourceId: id,
    find: async (sql) => {
      const found = await sql.query(
        `SELECT 1 FROM passage p WHERE id = $1 AND organization_id = $2 AND (p.archive_id = $3 OR EXISTS
           (SELECT FROM agent_archive l WHERE l.archive_id = p.archive_id AND l.agent_id = $4))`,
        [
          id,
          ctx.actor.organizationId,
          "archiveId" in within ? within.archiveId : null,
          "agentId" in within ? within.agentId : null,
        ],
      );
      if (found.length === 0) throw notFound("passage", id);
      return { passageIds: [id] };
    },
  });
}

/** The message stays in its place, and says nothing. What answered it is another's: it loses what it repeats. */
export const eraseMessage: Act = (ctx, id) =>
  start(ctx, {
    resource: "message",
    resourceId: id,
    find: async (sql) => {
      await require(ctx, sql, "message", id);
      const [message] = await sql.query<{ role: string }>("SELECT role FROM message WHERE id = $1", [id]);
      if (message?.role === "system")
        throw conflict(
          "CONFLICT: a system message is compiled: erase the block or passage that it shows, or change the prompt",
        );
      return { messageIds: [id] };
    },
  });

export const eraseConversation: Act = async (ctx, id) => {
  const { isDefault } = await getConversation(ctx, id);
  if (isDefault) throw conflict("CONFLICT: the default conversation of an agent goes with the agent");
  await start(ctx, {
    resource: "conversation",
    resourceId: id,
    find: async (sql) => ({
      messageIds: await idsOf(sql, "SELECT id FROM message WHERE conversation_id = $1 AND role <> 'system'", [id]),
      blockIds: await idsOf(sql, "SELECT unnest(isolated_block_ids) AS id FROM conversation WHERE id = $1", [id]),
    }),
    also: async (sql) => {
      await sql.query("UPDATE conversation SET summary = NULL, description = NULL WHERE id = $1", [id]);
      return [];
    },
  });
  await andDelete(deleteConversation(ctx, id));
};

export async function eraseFile(ctx: Ctx, folderId: string, id: string): Promise<void> {
  await start(ctx, {
    resource: "file",
    resourceId: id,
    find: async (sql) => {
      await require(ctx, sql, "folder", folderId);
      const fileIds = await idsOf(sql, "SELECT id FROM file WHERE id = $1 AND folder_id = $2", [id, folderId]);
      if (fileIds.length === 0) throw notFound("file", id);
      return { fileIds };
    },
  });
  await andDelete(deleteFile(ctx, folderId, id));
}

export const eraseFolder: Act = async (ctx, id) => {
  await start(ctx, {
    resource: "folder",
    resourceId: id,
    find: async (sql) => {
      await require(ctx, sql, "folder", id);
      return { fileIds: await idsOf(sql, "SELECT id FROM file WHERE folder_id = $1", [id]) };
    },
  });
  await andDelete(deleteFolder(ctx, id));
};

export const eraseArchive: Act = async (ctx, id) => {
  await start(ctx, {
    resource: "archive",
    resourceId: id,
    find: async (sql) => {
      await require(ctx, sql, "archive", id);
      return { passageIds: await idsOf(sql, "SELECT id FROM passage WHERE archive_id = $1", [id]) };
    },
    also: async (sql) => {
      await sql.query("UPDATE archive SET description = NULL, metadata = '{}' WHERE id = $1", [id]);
      return [];
    },
  });
  await andDelete(deleteArchive(ctx, id));
};

export const eraseAgent: Act = async (ctx, id) => {
  await start(ctx, {
    resource: "agent",
    resourceId: id,
    goingAgentIds: [id],
    find: async (sql) => {
      await require(ctx, sql, "agent", id);
      return ownOf(sql, [id]);
    },
  });
  await deleteAgent(ctx, id);
};

/** All that is the agents' own and nobody else's: what they said and were told, and what they alone remember. */
export async function ownOf(sql: Sql, agentIds: readonly string[]): Promise<Targets> {
  return {
    agentIds: [...agentIds],
    messageIds: await idsOf(sql, "SELECT id FROM message WHERE agent_id = ANY($1::text[]) AND role <> 'system'", [
      agentIds,
    ]),
    blockIds: await idsOf(
      sql,
      `SELECT b.id FROM block b WHERE (b.made_for_agent_id = ANY($1::text[])
           OR EXISTS (SELECT FROM agent_block l WHERE l.block_id = b.id AND l.agent_id = ANY($1::text[])))
         AND NOT EXISTS (SELECT FROM agent_block l WHERE l.block_id = b.id AND l.agent_id <> ALL($1::text[]))`,
      [agentIds],
    ),
    passageIds: await idsOf(
      sql,
      `SELECT p.id FROM passage p JOIN agent_archive l ON l.archive_id = p.archive_id AND l.agent_id = ANY($1::text[])
       WHERE NOT EXISTS (SELECT FROM agent_archive o WHERE o.archive_id = p.archive_id AND o.agent_id <> ALL($1::text[]))`,
      [agentIds],
    ),
  };
}
