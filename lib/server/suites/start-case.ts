import { updateAgentBody } from "@/lib/api/agents";
import type { SuiteStart, Variant } from "@/lib/api/suite-file";
import { exportAgentFile } from "../agent-file/export-file";
import { givenAgentFile } from "../agent-file/given-file";
import { importAgentFile, PLAIN_IMPORT } from "../agent-file/import-file";
import { updateAgent } from "../agents/update-agent";
import { updateBlock } from "../blocks/blocks";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { forkStep } from "../ledger/fork";
import { forkNow } from "../ledger/fork-now";
import type { Fork } from "../ledger/forking";
import { readContent } from "../templates/content";
import { deployTemplate, foldersOf } from "../templates/deploy";

/** The agent that a case runs on, made for it alone, and what of the original it does not have. */
export type Started = { agentId: string; notes: string[] };

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes the agent of a case: a copy of the real one, which is never touched. `ctx` says for which run of tests, so that the
 * copy is in no list and goes with the run.
 *
 * @throws ApiError `not-found` for what the start names; 400 for a moment before the agent's first step.
 */
export async function startCase(ctx: Ctx, start: SuiteStart, name: string, variant: Variant | null): Promise<Started> {
  if (start.template !== undefined) return changed(ctx, await ofTemplate(ctx, start.template), variant);
  if (start.file !== undefined) return changed(ctx, await ofFile(ctx, start.file), variant);
  const fork: Fork = {
    moment: start.moment ?? "after",
    into: "agent",
    name: name.slice(0, 200),
    changes: changesOf(variant),
  };
  const stepId = start.step ?? (await momentOf(ctx, start));
  if (stepId) {
    const { agent_id, notes } = await forkStep(ctx, stepId, fork);
    return { agentId: agent_id, notes };
  }
  const agentId = await findAgent(ctx, start.agent!);
  const forked = await forkNow(ctx, agentId, fork);
  if (forked) return { agentId: forked.agent_id, notes: forked.notes };
  return changed(ctx, await copyOf(ctx, agentId, name), variant);
}

function changesOf(variant: Variant | null): Fork["changes"] {
  if (!variant) return null;
  const { model, system, drop_tools, blocks } = variant;
  return { model, system, drop_tools, blocks };
}

/** @throws ApiError `not-found`; 400 where several agents have the name. */
export async function findAgent(ctx: Ctx, named: string): Promise<string> {
  const organizationId = ctx.actor.organizationId;
  const rows = await ctx.db.prisma.agent.findMany({
    where: { organizationId, suiteRunId: null, OR: [{ id: named }, { name: named }] },
    select: { id: true },
    take: 2,
  });
  if (rows.length > 1) throw badRequest(`INVALID_ARGUMENT: several agents are called '${named}': name one by its id`);
  if (!rows[0]) throw notFound("agent", named);
  return rows[0].id;
}

/** The last step that an agent had taken by a moment; null where its present is meant. */
async function momentOf(ctx: Ctx, { agent, at, days_ago }: SuiteStart): Promise<string | null> {
  if (at === undefined && days_ago === undefined) return null;
  const agentId = await findAgent(ctx, agent!);
  const today = Math.floor(ctx.now().getTime() / DAY_MS) * DAY_MS;
  const until = at ?? new Date(today - (days_ago! - 1) * DAY_MS).toISOString();
  const [step] = await ctx.db.query<{ id: string }>(
    `SELECT id FROM step WHERE agent_id = $1 AND coalesce(completed_at, created_at) < $2::timestamptz
     ORDER BY seq DESC LIMIT 1`,
    [agentId, until],
  );
  if (!step) throw badRequest(`INVALID_ARGUMENT: agent '${agent}' had taken no step by ${until}`);
  return step.id;
}

/** The first agent of a template. */
async function ofTemplate(ctx: Ctx, named: string): Promise<Started> {
  const { agent_ids } = await deployTemplate(ctx, { project: null, ref: named }, {});
  return { agentId: agent_ids[0]!, notes: [] };
}

async function ofFile(ctx: Ctx, given: unknown): Promise<Started> {
  const file = await givenAgentFile(ctx, given);
  const made = await importAgentFile(ctx, file, {
    ...PLAIN_IMPORT,
    overrideTools: false,
    cause: { ...apiCause(ctx), kind: "import" },
  });
  return { agentId: made.agentIds[0]!, notes: made.notes.map((note) => JSON.stringify(note)) };
}

/** A copy of an agent that has no past yet. */
async function copyOf(ctx: Ctx, agentId: string, name: string): Promise<Started> {
  const content = readContent(await exportAgentFile(ctx, agentId, { asTemplate: true }));
  const made = await importAgentFile(ctx, content, {
    ...PLAIN_IMPORT,
    name: name.slice(0, 200),
    overrideTools: false,
    folders: foldersOf(content),
    cause: { ...apiCause(ctx), kind: "fork" },
    operation: "fork",
  });
  return { agentId: made.agentIds[0]!, notes: [] };
}

/** What a variant changes of an agent that is no fork. */
async function changed(ctx: Ctx, started: Started, variant: Variant | null): Promise<Started> {
  if (!variant) return started;
  const { agentId } = started;
  const tools = await ctx.db.query<{ id: string; name: string }>(
    "SELECT t.id, t.name FROM agent_tool l JOIN tool t ON t.id = l.tool_id WHERE l.agent_id = $1 ORDER BY l.position",
    [agentId],
  );
  const body = updateAgentBody.parse({
    ...(variant.model === undefined ? {} : { model: variant.model }),
    ...(variant.system === undefined ? {} : { system: variant.system }),
    ...(variant.drop_tools
      ? { tool_ids: tools.filter(({ name }) => !variant.drop_tools!.includes(name)).map(({ id }) => id) }
      : {}),
  });
  await updateAgent(ctx, agentId, body);
  for (const [label, value] of Object.entries(variant.blocks ?? {})) {
    const [block] = await ctx.db.query<{ id: string }>(
      `SELECT b.id FROM agent_block l JOIN block b ON b.id = l.block_id JOIN block_version v ON v.id = b.head_version_id
       WHERE l.agent_id = $1 AND v.label = $2`,
      [agentId, label],
    );
    if (!block)
      throw badRequest(
        `INVALID_ARGUMENT: variant '${variant.name}' changes block '${label}', which the agent does not have`,
      );
    await updateBlock(ctx, block.id, { value });
  }
  return started;
}
