import { z } from "@hono/zod-openapi";
import { agentParams } from "./agents";
import { idSchema, jsonObject, messageReplySchema, pagingQuery, queryBoolean, queryList } from "./common";
import { endpoint } from "./endpoint";
import { count, shortText } from "./fields";
import { groupSchema, managerType } from "./group";
import { lettaResponseSchema, sendMessagesBody, wireMessageSchema } from "./messages";

const MAX_MEMBERS = 1000;
const agentIds = z.array(idSchema("agent")).max(MAX_MEMBERS);
const blockIds = z.array(idSchema("block")).max(MAX_MEMBERS);
const managerId = idSchema("agent");

const roundRobin = z.object({ manager_type: z.literal("round_robin"), max_turns: count.nullish() });
const supervisor = z.object({ manager_type: z.literal("supervisor"), manager_agent_id: managerId });
const dynamic = z.object({
  manager_type: z.literal("dynamic"),
  manager_agent_id: managerId,
  termination_token: shortText.nullish().describe("Ends the conversation when the manager says it; DONE! if left out"),
  max_turns: count.nullish(),
});
const sleeptime = z.object({
  manager_type: z.literal("sleeptime"),
  manager_agent_id: managerId,
  sleeptime_agent_frequency: count.nullish().describe("Every so many turns; each turn if left out"),
});
const voiceSleeptime = z.object({
  manager_type: z.literal("voice_sleeptime"),
  manager_agent_id: managerId,
  max_message_buffer_length: count.nullish(),
  min_message_buffer_length: count.nullish(),
});

const managerConfig = z.discriminatedUnion("manager_type", [
  roundRobin,
  supervisor,
  dynamic,
  sleeptime,
  voiceSleeptime,
]);
export type ManagerConfig = z.output<typeof managerConfig>;

const managerChange = z.discriminatedUnion("manager_type", [
  roundRobin,
  supervisor,
  dynamic.extend({ manager_agent_id: managerId.nullish() }),
  sleeptime.extend({ manager_agent_id: managerId.nullish() }),
  voiceSleeptime.extend({ manager_agent_id: managerId.nullish() }),
]);

export const createGroupBody = z
  .object({
    agent_ids: agentIds,
    description: z.string(),
    manager_config: managerConfig.default({ manager_type: "round_robin" }),
    project_id: shortText.nullish(),
    shared_block_ids: blockIds.default([]),
    hidden: z.boolean().nullish(),
  })
  .openapi("GroupCreate");
export type CreateGroup = z.output<typeof createGroupBody>;

const updateGroupBody = z
  .object({
    agent_ids: agentIds.nullish(),
    description: z.string().nullish(),
    manager_config: managerChange.nullish(),
    project_id: shortText.nullish(),
    shared_block_ids: blockIds.nullish(),
  })
  .openapi("GroupUpdate");
export type UpdateGroup = z.output<typeof updateGroupBody>;

const groupParams = z.object({ group_id: idSchema("group") });
const blockParams = groupParams.extend({ block_id: idSchema("block") });
const groupFilters = {
  manager_type: managerType.nullish(),
  project_id: z.string().nullish(),
  show_hidden_groups: queryBoolean.default(false),
};

export const GROUP_ENDPOINTS = [
  endpoint({
    id: "groups.create",
    method: "post",
    path: "/v1/groups",
    summary: "Create a group",
    body: createGroupBody,
    response: groupSchema,
  }),
  endpoint({
    id: "groups.list",
    method: "get",
    path: "/v1/groups",
    summary: "List groups",
    query: z.object({ ...pagingQuery({ limit: 50, order: "asc" }), ...groupFilters }),
    response: z.array(groupSchema),
  }),
  endpoint({
    id: "groups.count",
    method: "get",
    path: "/v1/groups/count",
    summary: "Count groups",
    query: z.object(groupFilters),
    response: z.number().int(),
  }),
  endpoint({
    id: "groups.retrieve",
    method: "get",
    path: "/v1/groups/{group_id}",
    summary: "Retrieve a group",
    params: groupParams,
    response: groupSchema,
  }),
  endpoint({
    id: "groups.update",
    method: "patch",
    path: "/v1/groups/{group_id}",
    summary: "Change a group; null is 'not given', lists replace",
    params: groupParams,
    body: updateGroupBody,
    response: groupSchema,
  }),
  endpoint({
    id: "groups.delete",
    method: "delete",
    path: "/v1/groups/{group_id}",
    summary: "Delete a group; its agents and blocks stay",
    params: groupParams,
    response: messageReplySchema,
  }),
  endpoint({
    id: "groups.messages.list",
    method: "get",
    path: "/v1/groups/{group_id}/messages",
    summary:
      "List the messages that agents took in and made for a group, oldest first; the newest page unless asked otherwise",
    params: groupParams,
    query: z.object({
      ...pagingQuery({ limit: 10, order: "desc" }),
      use_assistant_message: queryBoolean.default(true),
      assistant_message_tool_name: z.string().default("send_message"),
      assistant_message_tool_kwarg: z.string().default("message"),
      include_return_message_types: queryList(z.string()),
    }),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "groups.messages.create",
    method: "post",
    path: "/v1/groups/{group_id}/messages",
    summary: "Send messages to a group and get what its agents do",
    params: groupParams,
    body: sendMessagesBody,
    response: lettaResponseSchema,
    streams: true,
  }),
  endpoint({
    id: "groups.messages.stream",
    method: "post",
    path: "/v1/groups/{group_id}/messages/stream",
    summary: "Send messages to a group and follow what its agents do, as server-sent events",
    params: groupParams,
    body: sendMessagesBody,
    response: wireMessageSchema,
    streams: true,
  }),
  endpoint({
    id: "groups.messages.update",
    method: "patch",
    path: "/v1/groups/{group_id}/messages/{message_id}",
    summary: "Never: a message is what was said",
    params: groupParams.extend({ message_id: idSchema("message") }),
    body: jsonObject,
    bodyOptional: true,
    response: null,
  }),
  endpoint({
    id: "groups.messages.reset",
    method: "patch",
    path: "/v1/groups/{group_id}/reset-messages",
    summary: "Take the group's messages out of the contexts of its agents; they stay in their histories",
    params: groupParams,
    response: null,
  }),
  endpoint({
    id: "groups.blocks.attach",
    method: "patch",
    path: "/v1/groups/{group_id}/blocks/attach/{block_id}",
    summary: "Share a block with all agents of a group",
    params: blockParams,
    response: null,
  }),
  endpoint({
    id: "groups.blocks.detach",
    method: "patch",
    path: "/v1/groups/{group_id}/blocks/detach/{block_id}",
    summary: "Take a shared block from the agents of a group",
    params: blockParams,
    response: null,
  }),
  endpoint({
    id: "agents.groups",
    method: "get",
    path: "/v1/agents/{agent_id}/groups",
    summary: "List the groups that an agent is in, or manages",
    params: agentParams,
    query: z.object({ ...pagingQuery({ limit: 100, order: "desc" }), manager_type: managerType.nullish() }),
    response: z.array(groupSchema),
  }),
] as const;
