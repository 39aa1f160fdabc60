import type { AgentFile, FileGroup } from "@/lib/api/agent-file";
import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import type { Origin } from "./import-blocks";

/** Ids that were given out, by those of the file. */
type Made = {
  agents: ReadonlyMap<string, string>;
  blocks: ReadonlyMap<string, string>;
  groups: ReadonlyMap<string, string>;
  origin: Origin | null;
};

/** One turn before the first, on which sleep-time agents work. */
const BEFORE_FIRST_TURN = -1;

/** Makes the groups of a file. What their agents have said before counts as processed. */
export async function writeGroups(ctx: Ctx, sql: Sql, file: AgentFile, made: Made): Promise<void> {
  for (const group of file.groups) {
    const id = made.groups.get(group.id)!;
    await sql.query(INSERT_GROUP, [
      id,
      ctx.actor.organizationId,
      JSON.stringify(toRow(group, made)),
      ctx.now().toISOString(),
    ]);
    const agentIds = group.agent_ids.map((one) => made.agents.get(one)!);
    const blockIds = group.shared_block_ids.map((one) => made.blocks.get(one)!);
    await sql.query(INSERT_MEMBERS, [id, agentIds]);
    await sql.query(
      "INSERT INTO group_block (group_id, block_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
      [id, blockIds],
    );
  }
}

function toRow(group: FileGroup, { agents, origin }: Made) {
  const config = group.manager_config;
  return {
    managerType: config.manager_type,
    description: group.description ?? "",
    managerAgentId: config.manager_agent_id ? agents.get(config.manager_agent_id) : null,
    terminationToken: config.termination_token ?? null,
    maxTurns: config.max_turns ?? null,
    frequency: config.sleeptime_agent_frequency ?? null,
    turns: config.manager_type === "sleeptime" ? BEFORE_FIRST_TURN : null,
    maxBuffer: config.max_message_buffer_length ?? null,
    minBuffer: config.min_message_buffer_length ?? null,
    hidden: group.hidden ?? null,
    ...(origin ?? { templateId: null, baseTemplateId: null, deploymentId: null }),
  };
}

const INSERT_GROUP = `
INSERT INTO agent_group (id, organization_id, manager_type, description, manager_agent_id, termination_token, max_turns,
    sleeptime_agent_frequency, turns_counter, max_message_buffer_length, min_message_buffer_length, hidden, template_id,
    base_template_id, deployment_id, last_processed_message_id, created_at, updated_at)
SELECT $1, $2, x."managerType", x."description", x."managerAgentId", x."terminationToken", x."maxTurns", x."frequency", x."turns",
    x."maxBuffer", x."minBuffer", x."hidden", x."templateId", x."baseTemplateId", x."deploymentId",
    (SELECT m.id FROM agent a JOIN message m ON m.conversation_id = a.default_conversation_id
      WHERE a.id = x."managerAgentId" AND m.seq > 0 ORDER BY m.seq DESC LIMIT 1), $4::timestamptz, $4::timestamptz
  FROM jsonb_to_record($3::jsonb) AS x("managerType" text, "description" text, "managerAgentId" text,
    "terminationToken" text, "maxTurns" int, "frequency" int, "turns" int, "maxBuffer" int, "minBuffer" int, "hidden" boolean,
    "templateId" text, "baseTemplateId" text, "deploymentId" text)`;

const INSERT_MEMBERS = `
INSERT INTO group_agent (group_id, agent_id, position)
  SELECT $1, x.id, x.n FROM unnest($2::text[]) WITH ORDINALITY AS x(id, n) ON CONFLICT DO NOTHING`;
