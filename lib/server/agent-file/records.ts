import { renderPrompt } from "@/lib/engine/render";
import { mapImages } from "@/lib/stream/images";
import type { ImagePart, Message } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import { loadCompiled, readCompileInputs, renderSections } from "../conversations/compile";
import { resolveConversation } from "../conversations/conversations";
import { readInContext } from "../conversations/in-context";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Prisma } from "../db/generated/client";
import { withImageData } from "../images/images";
import { type MessageRow, toMessage } from "../records/message-rows";

/** All that an export reads of an agent, but for its messages. No value of a secret is among it. */
const RECORDS = {
  version: true,
  tags: { orderBy: { tag: "asc" } },
  secrets: { orderBy: { key: "asc" }, select: { key: true } },
  tools: { orderBy: { position: "asc" }, include: { tool: { include: { mcpServer: true } } } },
  blocks: { orderBy: { position: "asc" }, include: { block: { include: { head: true } } } },
  folders: { orderBy: [{ createdAt: "asc" }, { folderId: "asc" }], include: { folder: true } },
  files: { orderBy: [{ createdAt: "asc" }, { id: "asc" }] },
  archives: { where: { archive: { deletedAt: null } }, include: { archive: true } },
} satisfies Prisma.AgentInclude;

export type AgentRecord = Prisma.AgentGetPayload<{ include: typeof RECORDS }> & { config: AgentConfig };

const GROUP_RECORDS = {
  agents: { orderBy: { position: "asc" } },
  blocks: { orderBy: { blockId: "asc" }, include: { block: { include: { head: true } } } },
} satisfies Prisma.GroupInclude;
export type GroupRecord = Prisma.GroupGetPayload<{ include: typeof GROUP_RECORDS }>;

const MAX_AGENTS = 100;

/**
 * An agent and those it works with: the members of groups that it manages, or belongs to where nobody does, and theirs.
 * The agent itself is the first.
 *
 * @throws ApiError `not-found`.
 */
export async function readAgentRecords(
  ctx: Ctx,
  agentId: string,
): Promise<{ agents: AgentRecord[]; groups: GroupRecord[] }> {
  const ids = [agentId];
  const groups = new Map<string, GroupRecord>();
  for (let round = ids; round.length > 0 && ids.length < MAX_AGENTS; ) {
    const found = await groupsOf(ctx, round);
    for (const group of found) groups.set(group.id, group);
    const members = found.flatMap((group) => [
      ...(group.managerAgentId ? [group.managerAgentId] : []),
      ...group.agents.map((link) => link.agentId),
    ]);
    round = [...new Set(members)].filter((id) => !ids.includes(id));
    ids.push(...round);
  }
  const rows = await ctx.db.prisma.agent.findMany({
    where: { id: { in: ids }, organizationId: ctx.actor.organizationId },
    include: RECORDS,
  });
  const byId = new Map(rows.map((row) => [row.id, { ...row, config: row.version.config as AgentConfig }]));
  if (!byId.has(agentId)) throw notFound("agent", agentId);
  const whole = [...groups.values()].filter((group) => group.agents.every((link) => byId.has(link.agentId)));
  return { agents: ids.flatMap((id) => byId.get(id) ?? []), groups: whole };
}

function groupsOf(ctx: Ctx, agentIds: string[]): Promise<GroupRecord[]> {
  return ctx.db.prisma.group.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      OR: [
        { managerAgentId: { in: agentIds } },
        { managerAgentId: null, agents: { some: { agentId: { in: agentIds } } } },
      ],
    },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    include: GROUP_RECORDS,
  });
}

/** An image with its data in itself: an id means nothing elsewhere. */
function inlined(image: ImagePart): ImagePart {
  const { source } = image;
  if (source.type !== "letta" || !source.data) return image;
  const { data, media_type, detail } = source;
  return {
    type: "image",
    source: { type: "base64", media_type: media_type ?? "image/png", data, ...(detail ? { detail } : {}) },
  };
}

/** What was said in a conversation, what of it is in context, and the system prompt as it is now. */
export type Said = { systemMessageId: string; system: string; messages: Message[]; inContext: string[] };

/** @throws ApiError `not-found` for a conversation of another agent. */
export async function readSaid(ctx: Ctx, agent: AgentRecord, conversationId: string | null): Promise<Said> {
  const row = await resolveConversation(ctx, conversationId ?? agent.defaultConversationId, agent.id);
  if (row.agentId !== agent.id) throw notFound("conversation", row.id);
  const [rows, context] = await Promise.all([
    ctx.db.query<MessageRow>("SELECT * FROM message WHERE conversation_id = $1 AND seq > 0 ORDER BY seq", [row.id]),
    readInContext(ctx, [row.id]),
  ]);
  const sections =
    row.compileId !== null && row.compileEpoch === agent.compileEpoch
      ? (await loadCompiled(ctx.db, row.compileId)).sections
      : renderSections(await readCompileInputs(ctx, ctx.db, row.id));
  return {
    systemMessageId: row.systemMessageId,
    system: renderPrompt(sections),
    messages: (await withImageData(ctx, rows.map(toMessage))).map((message) => mapImages(message, inlined)),
    inContext: [row.systemMessageId, ...context.get(row.id)!.messageIds],
  };
}

export type BlockRecord = AgentRecord["blocks"][number]["block"];
export type ToolRecord = AgentRecord["tools"][number]["tool"];
