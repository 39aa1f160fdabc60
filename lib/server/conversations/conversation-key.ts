import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { AgentModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { getConversation } from "./conversations";
import { insertConversation } from "./first-messages";

const CONVERSATION_ID = /^conv-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNIQUE_VIOLATION = new Set(["P2002", "23505"]);

/**
 * The conversation that a client of another protocol means by a name of its own: always the same one for an agent, made
 * when it is first named. The id of a conversation names that one; null names the agent's default conversation.
 *
 * @throws ApiError `not-found` for the id of no conversation of this agent.
 */
export async function conversationByKey(ctx: Ctx, agent: AgentModel, key: string | null): Promise<string> {
  if (key === null) return agent.defaultConversationId;
  if (CONVERSATION_ID.test(key)) {
    const conversation = await getConversation(ctx, key);
    if (conversation.agentId !== agent.id) throw notFound("conversation", key);
    return key;
  }
  return (await findByKey(ctx, agent.id, key)) ?? (await createByKey(ctx, agent.id, key));
}

async function findByKey(ctx: Ctx, agentId: string, externalKey: string): Promise<string | null> {
  const row = await ctx.db.prisma.conversation.findFirst({ where: { agentId, externalKey, deletedAt: null } });
  return row?.id ?? null;
}

async function createByKey(ctx: Ctx, agentId: string, externalKey: string): Promise<string> {
  const conversationId = newId("conv");
  const columns = { externalKey, summary: externalKey };
  try {
    await transact(ctx, (sql) =>
      insertConversation(ctx, sql, { agentId, conversationId, isDefault: false, messages: [], columns }),
    );
    return conversationId;
  } catch (error) {
    // Somebody else named it at the same moment.
    const known = UNIQUE_VIOLATION.has(String((error as { code?: string }).code))
      ? await findByKey(ctx, agentId, externalKey)
      : null;
    if (known) return known;
    throw error;
  }
}
