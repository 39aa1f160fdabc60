import type { CreateTool } from "@/lib/api/tools";
import type { Ctx } from "../../core/core";
import type { Statement } from "../../db/database";
import type { Requirement, SandboxLanguage } from "../../sandbox/sandbox";
import { type ToolSettings, toolSettings } from "../../tools/tool-settings";
import { openSecrets, type SealedSecrets, type Secrets } from "./secrets";

/** Code of a tool, with all that it runs with. */
export type ToolCode = {
  /** Null for code that is not kept as a tool. */
  toolId: string | null;
  name: string;
  language: SandboxLanguage;
  source: string;
  requirements: Requirement[];
  returnCharLimit: number;
  settings: ToolSettings;
  /** The tool's and the agent's. */
  secrets: Secrets;
  projectId: string | null;
};

type Requirements = CreateTool["pip_requirements"];

/** The packages of the language that the code is in. */
export function requirementsOf(language: SandboxLanguage, pip: Requirements, npm: Requirements): Requirement[] {
  const wanted = language === "python" ? pip : npm;
  return (wanted ?? []).map(({ name, version }) => ({ name, version: version ?? null }));
}

type CodeRow = {
  id: string;
  name: string;
  source_type: string | null;
  source_code: string | null;
  pip_requirements: Requirements;
  npm_requirements: Requirements;
  return_char_limit: number;
  metadata: unknown;
  tool_secrets: SealedSecrets;
  agent_secrets: SealedSecrets;
  project_id: string | null;
};

const READ_CODE: Statement = {
  name: "tool-code",
  text: `
SELECT t.id, t.name, t.source_type, t.source_code, t.pip_requirements, t.npm_requirements, t.return_char_limit, t.metadata,
  (SELECT jsonb_object_agg(key, value_enc) FROM tool_secret WHERE tool_id = t.id) AS tool_secrets,
  (SELECT jsonb_object_agg(key, value_enc) FROM agent_secret WHERE agent_id = a.id) AS agent_secrets, a.project_id
FROM tool t LEFT JOIN agent a ON a.id = $3 AND a.organization_id = $1
WHERE t.organization_id = $1 AND t.id = $2`,
};

/** A tool's code as it is now, for an agent; null for a tool that is gone or has none. */
export async function readToolCode(ctx: Ctx, toolId: string, agentId: string): Promise<ToolCode | null> {
  const [row] = await ctx.db.query<CodeRow>(READ_CODE, [ctx.actor.organizationId, toolId, agentId]);
  if (!row?.source_code || (row.source_type !== "python" && row.source_type !== "typescript")) return null;
  const language = row.source_type;
  return {
    toolId: row.id,
    name: row.name,
    language,
    source: row.source_code,
    requirements: requirementsOf(language, row.pip_requirements, row.npm_requirements),
    returnCharLimit: row.return_char_limit,
    settings: toolSettings(row.metadata, ctx.config.sandbox.ceilings),
    secrets: openSecrets(ctx, row.tool_secrets, row.agent_secrets),
    projectId: row.project_id,
  };
}

const READ_AGENT_SECRETS: Statement = {
  name: "agent-secrets",
  text: `SELECT jsonb_object_agg(s.key, s.value_enc) AS secrets FROM agent_secret s JOIN agent a ON a.id = s.agent_id
    WHERE a.id = $2 AND a.organization_id = $1`,
};

/** An agent's secrets, for tools that the server itself has. */
export async function readAgentSecrets(ctx: Ctx, agentId: string): Promise<Secrets> {
  const rows = await ctx.db.query<{ secrets: SealedSecrets }>(READ_AGENT_SECRETS, [ctx.actor.organizationId, agentId]);
  return openSecrets(ctx, rows[0]?.secrets ?? null);
}
