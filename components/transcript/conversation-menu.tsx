"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, ChevronDown, GitFork, MessageSquarePlus } from "lucide-react";
import { conversationQuery, conversationsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { type Conversation, DEFAULT_CONVERSATION } from "@/lib/client/api/wire";
import { shortId } from "@/lib/client/screen/format";
import { Ago } from "../shell/bits";
import { MoreItem } from "../shell/more-item";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/menu";

type ConversationMenuProps = {
  agentId: string;
  conversationId: string;
  onOpen: (conversationId: string) => void;
};

/** The conversations of an agent: open one, start one, fork this one. */
export function ConversationMenu({ agentId, conversationId, onOpen }: ConversationMenuProps) {
  const list = usePaged(conversationsList(agentId));
  const { start, fork } = useNewConversation(agentId, onOpen);
  const listed = list.items?.find((one) => one.id === conversationId);
  const isAway = conversationId !== DEFAULT_CONVERSATION && list.items !== undefined && !listed;
  const apart = useQuery({ ...conversationQuery(agentId, conversationId), enabled: isAway }).data;
  const current = listed ?? apart;
  return (
    <>
      <Menu
        className="w-72"
        trigger={
          <Button tone="ghost" size="sm" className="min-w-0 shrink">
            <span className="truncate">{nameOf(conversationId, current)}</span> <ChevronDown />
          </Button>
        }
      >
        <MenuLabel>Conversations</MenuLabel>
        {[DEFAULT_CONVERSATION, ...(list.items ?? []).map((one) => one.id)].map((id) => {
          const one = list.items?.find((conversation) => conversation.id === id);
          return (
            <MenuItem key={id} onSelect={() => onOpen(id)}>
              <span className="size-3.5">{id === conversationId && <Check />}</span>
              <span className="min-w-0 flex-1 truncate">{nameOf(id, one)}</span>
              {one && <Ago at={one.last_message_at ?? one.created_at} className="text-muted text-xs" />}
            </MenuItem>
          );
        })}
        <MoreItem list={list} />
        {list.error && <Problem error={list.error} onRetry={list.refetch} />}
        <MenuSeparator />
        <MenuItem needs="conversations.create" onSelect={() => start.mutate()}>
          <MessageSquarePlus /> New conversation
        </MenuItem>
        <MenuItem needs="conversations.fork" onSelect={() => fork.mutate({ conversationId, messageId: null })}>
          <GitFork /> Fork this conversation
        </MenuItem>
      </Menu>
      {(start.error ?? fork.error) != null && (
        <span role="alert" className="truncate text-error text-sm">
          {String((start.error ?? fork.error)?.message)}
        </span>
      )}
    </>
  );
}

function nameOf(id: string, conversation: Conversation | undefined): string {
  if (id === DEFAULT_CONVERSATION) return "Default conversation";
  return conversation?.summary || conversation?.description || `Conversation ${shortId(id)}`;
}

/** Starts a conversation, or forks one up to a message, and opens it. */
export function useNewConversation(agentId: string, onOpen: (conversationId: string) => void) {
  const client = useQueryClient();
  const onSuccess = async (conversation: Conversation) => {
    await client.invalidateQueries({ queryKey: queryKeys.conversations(agentId) });
    onOpen(conversation.id);
  };
  const start = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/conversations", { params: { query: { agent_id: agentId } } })),
    onSuccess,
  });
  const fork = useMutation({
    mutationFn: ({ conversationId, messageId }: { conversationId: string; messageId: string | null }) =>
      unwrap(
        api.POST("/v1/conversations/{conversation_id}/fork", {
          params: {
            path: { conversation_id: conversationId },
            query: { agent_id: agentId, ...(messageId ? { message_id: messageId } : {}) },
          },
        }),
      ),
    onSuccess,
  });
  return { start, fork };
}
