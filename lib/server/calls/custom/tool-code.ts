import type { CreateTool } from "@/lib/api/tools";
import { toolMetadataSchema } from "@/lib/api/tools";
import type { Ctx } from "../../core/core";
import { invalid } from "../../core/errors";
import type { Statement } from "../../db/database";
import { type Requirement, SANDBOX_LIMITS, type SandboxLanguage } from "../../sandbox/sandbox";
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

/** What an owner says in a tool's `metadata_` of how it runs. */
export type ToolSettings = { timeoutMs: number; memoryBytes: number; allowedHosts: string[] };

type Requirements = CreateTool["pip_requirements"];

const MEGABYTE = 1024 * 1024;

/**
 * Defaults stand for what is missing, and for what an older version let pass; no default is above a ceiling. What is asked
 * for may be: see `aboveCeiling`.
 */
export function toolSettings(metadata: unknown, ceilings: Ceilings): ToolSettings {
  const { data } = toolMetadataSchema.safeParse(metadata ?? {});
  const { timeoutMs, memoryBytes } = SANDBOX_LIMITS;
  return {
    timeoutMs: data?.timeout_seconds ? data.timeout_seconds * 1000 : Math.min(timeoutMs, ceilings.timeoutMs),
    memoryBytes: data?.memory_mb ? data.memory_mb * MEGABYTE : Math.min(memoryBytes, ceilings.memoryBytes),
    allowedHosts: data?.allowed_hosts ?? [],
  };
}

/** The most that an operator lets any tool have. */
export type Ceilings = { timeoutMs: number; memoryBytes: number };

/** What a tool asks for that is above a ceiling of this server, in a sentence; null where nothing is. */
export function aboveCeiling({ timeoutMs, memoryBytes }: ToolSettings, ceilings: Ceilings): string | null {
  if (timeoutMs > ceilings.timeoutMs) {
    return `timeout_seconds is ${timeoutMs / 1000}, and this server lets a tool run for ${ceilings.timeoutMs / 1000} seconds (MEMOIR_TOOL_MAX_SECONDS)`;
  }
  if (memoryBytes > ceilings.memoryBytes) {
    return `memory_mb is ${memoryBytes / MEGABYTE}, and this server lets a tool have ${ceilings.memoryBytes / MEGABYTE} MB (MEMOIR_TOOL_MAX_MEMORY_MB)`;
  }
  return null;
}

/** @throws ApiError `invalid` for a tool that asks for more than this server gives. */
export function requireWithinCeilings(ctx: Ctx, metadata: unknown): void {
  const { ceilings } = ctx.config.sandbox;
  const trouble = aboveCeiling(toolSettings(metadata, ceilings), ceilings);
  if (trouble) throw invalid(`INVALID_ARGUMENT: metadata_.${trouble}`);
}

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
