import type { WireProperty } from "@/lib/api/identity";
import { ERASED } from "@/lib/text/erased";
import { deleteAgent } from "../agents/delete-agent";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { deleteIdentity } from "../identities/identities";
import { idsOf, ownOf, start } from "./acts";
import type { Eraser } from "./eraser";
import type { Targets } from "./scope";

type IdentityRow = { name: string; identifier_key: string; properties: WireProperty[] };

/**
 * Erases a person from all agents: agents that serve nobody else go, with all that is their own; of others goes what the
 * person said and what was answered in those runs, what these wrote into the archive, and, word for word, what they wrote
 * into blocks that stay; blocks about this person alone go. The identity goes last.
 *
 * @throws ApiError `not-found`; `conflict` while one of the agents is running; `forbidden` for an agent's access token.
 */
export async function eraseIdentity(ctx: Ctx, id: string): Promise<void> {
  let goingAgentIds: string[] = [];
  await start(ctx, {
    resource: "identity",
    resourceId: id,
    find: async (sql) => {
      const [row] = await sql.query<IdentityRow>(
        "SELECT name, identifier_key, properties FROM identity WHERE id = $1 AND organization_id = $2 FOR UPDATE",
        [id, ctx.actor.organizationId],
      );
      if (!row) throw notFound("identity", id);
      goingAgentIds = await idsOf(sql, SERVED_ALONE, [id]);
      return { ...(await partOf(ctx, sql, id, goingAgentIds)), texts: textsOf(row) };
    },
    also: (sql, scope, eraser) => eraseElsewhere(sql, id, scope.agentIds, eraser),
  });
  for (const agentId of goingAgentIds) await deleteAgent(ctx, agentId);
  await deleteIdentity(ctx, id);
}

const SERVED_ALONE = `
SELECT l.agent_id AS id FROM agent_identity l WHERE l.identity_id = $1
  AND NOT EXISTS (SELECT FROM agent_identity o WHERE o.agent_id = l.agent_id AND o.identity_id <> $1)`;

const textsOf = ({ name, identifier_key, properties }: IdentityRow) => [
  name,
  identifier_key,
  ...properties.map(({ value }) => (typeof value === "string" ? value : JSON.stringify(value))),
];

/** What is the person's, of agents that go and of those that stay. */
async function partOf(ctx: Ctx, sql: Sql, id: string, goingAgentIds: readonly string[]): Promise<Targets> {
  const own = await ownOf(sql, goingAgentIds);
  const runs = "SELECT run_id FROM message WHERE sender_id = $1 AND organization_id = $2 AND run_id IS NOT NULL";
  const said = await idsOf(
    sql,
    `SELECT id FROM message WHERE organization_id = $2 AND (sender_id = $1 OR run_id IN (${runs}))`,
    [id, ctx.actor.organizationId],
  );
  const written = await idsOf(
    sql,
    `SELECT passage_id AS id FROM passage_event WHERE type = 'insert' AND organization_id = $2 AND cause->>'run' IN (${runs})`,
    [id, ctx.actor.organizationId],
  );
  const about = await idsOf(
    sql,
    `SELECT l.block_id AS id FROM block_identity l WHERE l.identity_id = $1
       AND NOT EXISTS (SELECT FROM block_identity o WHERE o.block_id = l.block_id AND o.identity_id <> $1)`,
    [id],
  );
  const served = await idsOf(sql, "SELECT agent_id AS id FROM agent_identity WHERE identity_id = $1", [id]);
  return {
    agentIds: [...new Set([...goingAgentIds, ...served])],
    messageIds: [...new Set([...(own.messageIds ?? []), ...said])],
    passageIds: [...new Set([...(own.passageIds ?? []), ...written])],
    blockIds: [...new Set([...(own.blockIds ?? []), ...about])],
  };
}

type VersionRow = { id: string; value: string; description: string | null };

/** The person's name where agents had them, and what their runs wrote into blocks that stay. @returns versions that changed. */
async function eraseElsewhere(sql: Sql, id: string, agentIds: readonly string[], eraser: Eraser): Promise<string[]> {
  await sql.query("UPDATE resource_event SET name = $2 WHERE resource_id = $1", [id, ERASED]);
  await sql.query("UPDATE identity SET name = $2, identifier_key = id, properties = '[]' WHERE id = $1", [id, ERASED]);
  const versions = await sql.query<VersionRow>(
    `SELECT id, value, description FROM block_version WHERE value <> $2 AND block_id IN (
       SELECT jsonb_array_elements_text(config->'blockIds') FROM agent_version WHERE agent_id = ANY($1::text[]))`,
    [agentIds, ERASED],
  );
  const changed = versions.flatMap((version) => {
    const value = eraser.text(version.value);
    const description = version.description === null ? null : eraser.text(version.description);
    return value === version.value && description === version.description
      ? []
      : [{ id: version.id, value, description }];
  });
  await sql.query(
    `UPDATE block_version v SET value = x.value, description = x.description, edits = NULL
     FROM jsonb_to_recordset($1::jsonb) AS x(id text, value text, description text) WHERE v.id = x.id`,
    [JSON.stringify(changed)],
  );
  return changed.map((version) => version.id);
}
