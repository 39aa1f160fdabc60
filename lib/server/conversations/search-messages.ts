import type { Body, Endpoint, Reply } from "@/lib/api/endpoint";
import type { MESSAGE_ENDPOINTS } from "@/lib/api/messages";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { type MessageRow, toMessage } from "../records/message-rows";
import { readDates } from "../search/dates";
import { toRawMessage } from "../search/raw-message";
import { type MessageSearch, searchMessages } from "../search/search";
import { tellProgress } from "../search/search-index";
import { resolveConversation } from "./conversations";

type Row<Id extends string> = Extract<(typeof MESSAGE_ENDPOINTS)[number], { id: Id }> & Endpoint;
type ForClients = Row<"messages.search">;
type ForAgents = Row<"agents.messages.search">;

/** `POST /v1/messages/search`: results as wire messages, the best first. @throws ApiError `not-found`, `invalid` for a date. */
export async function searchMessagesForClients(ctx: Ctx, body: Body<ForClients>): Promise<Reply<ForClients>> {
  const { found } = await search(ctx, body);
  return found.map(({ role, text, id, agentId, conversationId, createdAt }) => ({
    message_type: `${role}_message`,
    content: text,
    message_id: id,
    agent_id: agentId,
    conversation_id: conversationId,
    created_at: createdAt,
  }));
}

/** `POST /v1/agents/messages/search`: results as stored, with their places. @throws ApiError as the other one. */
export async function searchMessagesForAgents(ctx: Ctx, body: Body<ForAgents>): Promise<Reply<ForAgents>> {
  const { found } = await search(ctx, body);
  const rows = await ctx.db.query<MessageRow>("SELECT * FROM message WHERE ledger_seq = ANY($1::bigint[])", [
    found.map((one) => one.doc),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return found.flatMap((one) => {
    const row = byId.get(one.id);
    if (!row) return [];
    return [
      {
        embedded_text: one.text,
        message: toRawMessage(toMessage(row), one),
        fts_rank: one.byText?.rank ?? null,
        vector_rank: one.byVector?.rank ?? null,
        rrf_score: one.score,
      },
    ];
  });
}

type Shared = Omit<Body<ForAgents>, "query" | "project_id" | "template_id"> &
  Partial<Pick<Body<ForAgents>, "query" | "project_id" | "template_id">>;

async function search(ctx: Ctx, body: Shared): Promise<MessageSearch> {
  const conversation = body.conversation_id
    ? await resolveConversation(ctx, body.conversation_id, body.agent_id)
    : null;
  if (body.agent_id) await getAgentRow(ctx, body.agent_id);
  const answer = await searchMessages(ctx, {
    query: body.query ?? null,
    mode: body.search_mode,
    agentId: body.agent_id ?? conversation?.agentId ?? null,
    projectId: body.project_id ?? null,
    templateId: body.template_id ?? null,
    conversationId: conversation?.id ?? null,
    roles: body.roles ?? null,
    limit: body.limit,
    ...readDates(body),
  });
  tellProgress(ctx, answer.partial);
  return answer;
}
