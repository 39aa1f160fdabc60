import type { Part } from "@/lib/stream/message";
import { DEFAULT_ACTOR } from "../../core/core";
import { newId } from "../../core/ids";
import type { Sql } from "../../db/database";

/** For tests and measurements: rows as the rest of the server leaves them, without what search does not read. */

export type Said = {
  role?: string;
  text?: string;
  parts?: Part[];
  /** ISO 8601. */
  at?: string;
  runId?: string | null;
  copiedFromId?: string | null;
};

/** @returns the agent's and its default conversation's id. */
export async function makeAgent(sql: Sql, timezone = "UTC"): Promise<{ agentId: string; conversationId: string }> {
  const [agentId, versionId, conversationId] = [newId("agent"), newId("version"), newId("conv")];
  const config = {
    agentType: "letta_v1_agent",
    timezone,
    model: "memoir/demo",
    embedding: null,
    toolIds: [],
    blockIds: [],
  };
  await sql.query(
    "INSERT INTO agent_version (id, organization_id, agent_id, number, config, operation, cause) VALUES ($1, $2, $3, 1, $4::jsonb, 'create', '{}')",
    [versionId, DEFAULT_ACTOR.organizationId, agentId, JSON.stringify(config)],
  );
  await sql.query(
    "INSERT INTO agent (id, organization_id, version_id, name, agent_type, default_conversation_id) VALUES ($1, $2, $3, 'a', 'letta_v1_agent', $4)",
    [agentId, DEFAULT_ACTOR.organizationId, versionId, conversationId],
  );
  await addConversation(sql, agentId, { id: conversationId, isDefault: true });
  return { agentId, conversationId };
}

export async function addConversation(
  sql: Sql,
  agentId: string,
  { id = newId("conv"), isDefault = false }: { id?: string; isDefault?: boolean } = {},
): Promise<string> {
  await sql.query(
    "INSERT INTO conversation (id, organization_id, agent_id, is_default, system_message_id, context, next_seq) VALUES ($1, $2, $3, $4, 'message-0', '[]', 1)",
    [id, DEFAULT_ACTOR.organizationId, agentId, isDefault],
  );
  return id;
}

/** Appends messages to a conversation. @returns their ids. */
export async function say(sql: Sql, conversationId: string, said: readonly (Said | string)[]): Promise<string[]> {
  const rows = said
    .map((one) => (typeof one === "string" ? { text: one } : one))
    .map(({ role = "user", text = "", parts = [{ type: "text", text }], at, runId, copiedFromId }) => {
      const created = at ?? new Date().toISOString();
      return {
        id: newId("message"),
        role,
        parts,
        at: created,
        run_id: runId ?? null,
        copied_from_id: copiedFromId ?? null,
      };
    });
  await sql.query(
    `WITH place AS (UPDATE conversation SET next_seq = next_seq + $2 WHERE id = $1 RETURNING *)
     INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, run_id, copied_from_id, created_at)
     SELECT x.id, place.organization_id, place.agent_id, $1, place.next_seq - $2 + n - 1, x.role, x.parts, x.run_id, x.copied_from_id, x.at
     FROM place, ROWS FROM (jsonb_to_recordset($3::jsonb) AS (id text, role text, parts jsonb, run_id text, copied_from_id text, at timestamptz))
       WITH ORDINALITY AS x(id, role, parts, run_id, copied_from_id, at, n) ORDER BY n`,
    [conversationId, rows.length, JSON.stringify(rows)],
  );
  return rows.map((row) => row.id);
}

export async function makeArchive(sql: Sql, options: { agentId?: string; embedding?: string } = {}): Promise<string> {
  const id = newId("archive");
  await sql.query("INSERT INTO archive (id, organization_id, name, embedding) VALUES ($1, $2, 'archive', $3)", [
    id,
    DEFAULT_ACTOR.organizationId,
    options.embedding ?? null,
  ]);
  if (options.agentId) {
    await sql.query("INSERT INTO agent_archive (agent_id, archive_id) VALUES ($1, $2)", [options.agentId, id]);
  }
  return id;
}

export type Note = { text: string; tags?: string[]; at?: string };

/** Adds passages. @returns their ids. */
export async function store(sql: Sql, archiveId: string, notes: readonly (Note | string)[]): Promise<string[]> {
  const rows = notes
    .map((one) => (typeof one === "string" ? { text: one } : one))
    .map(({ text, tags = [], at = new Date().toISOString() }: Note) => ({ id: newId("passage"), text, tags, at }));
  await sql.query(
    `INSERT INTO passage (id, organization_id, archive_id, text, tags, created_at)
     SELECT x.id, $1, $2, x.text, x.tags, x.at
     FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (id text, text text, tags text[], at timestamptz))
       WITH ORDINALITY AS x(id, text, tags, at, n) ORDER BY n`,
    [DEFAULT_ACTOR.organizationId, archiveId, JSON.stringify(rows)],
  );
  return rows.map((row) => row.id);
}
