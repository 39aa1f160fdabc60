import type { GROUP_ENDPOINTS } from "@/lib/api/groups";
import { ApiError } from "../core/errors";
import { listGroupMessages, resetGroupMessages } from "../groups/group-messages";
import { sendGroupMessages } from "../groups/group-run";
import {
  attachGroupBlock,
  countGroups,
  createGroup,
  deleteGroup,
  detachGroupBlock,
  getGroup,
  listGroups,
  listGroupsOfAgent,
  retrieveGroup,
  updateGroup,
} from "../groups/groups";
import type { Handlers } from "./bind";
import { answerResponse } from "./stream";

export const GROUP_HANDLERS: Handlers<typeof GROUP_ENDPOINTS> = {
  "groups.create": ({ ctx, body }) => createGroup(ctx, body),
  "groups.list": ({ ctx, query }) => listGroups(ctx, query),
  "groups.count": ({ ctx, query }) => countGroups(ctx, query),
  "groups.retrieve": ({ ctx, params }) => retrieveGroup(ctx, params.group_id),
  "groups.update": ({ ctx, params, body }) => updateGroup(ctx, params.group_id, body),
  "groups.delete": async ({ ctx, params }) => {
    await deleteGroup(ctx, params.group_id);
    return { message: `Group id=${params.group_id} successfully deleted` };
  },
  "groups.messages.list": ({ ctx, params, query }) =>
    listGroupMessages(ctx, params.group_id, query, {
      assistantMessages: query.use_assistant_message,
      toolName: query.assistant_message_tool_name,
      toolKwarg: query.assistant_message_tool_kwarg,
      types: query.include_return_message_types?.length ? query.include_return_message_types : null,
      compaction: false,
    }),
  "groups.messages.create": async ({ ctx, params, body, request }) =>
    answerResponse(await sendGroupMessages(ctx, params.group_id, body, request.signal)),
  "groups.messages.stream": async ({ ctx, params, body, request }) =>
    answerResponse(await sendGroupMessages(ctx, params.group_id, { ...body, streaming: true }, request.signal)),
  "groups.messages.update": async ({ ctx, params }) => {
    await getGroup(ctx, params.group_id);
    throw new ApiError("method-not-allowed", "Messages can't be changed: they are what was said");
  },
  "groups.messages.reset": async ({ ctx, params }) => {
    await resetGroupMessages(ctx, params.group_id);
    return null;
  },
  "groups.blocks.attach": async ({ ctx, params }) => {
    await attachGroupBlock(ctx, params.group_id, params.block_id);
    return null;
  },
  "groups.blocks.detach": async ({ ctx, params }) => {
    await detachGroupBlock(ctx, params.group_id, params.block_id);
    return null;
  },
  "agents.groups": ({ ctx, params, query }) => listGroupsOfAgent(ctx, params.agent_id, query),
};
