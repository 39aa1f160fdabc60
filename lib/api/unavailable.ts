import type { Endpoint } from "./endpoint";

/** An operation of the contract that answers 501, with the sentence that says why. */
export type Unavailable = Pick<Endpoint, "method" | "path"> & { why: string };

const feeds = "Feeds belong to Letta's hosted service: send messages to agents, or put them on a schedule.";
const pipelines = "Pipelines belong to Letta's hosted service: upload files to a folder instead.";
const environments = "Environments connect computers to Letta's hosted service: client tools do that work here.";
const sandboxes = "Rented sandboxes belong to Letta's hosted service: tools run in this server's own sandbox.";
const projects = "Projects belong to Letta's hosted service: use tags, or an organization for each project.";
const account = "Accounts and their balance belong to Letta's hosted service: this server has neither.";
const composio = "Composio's tools left the API before its last version: use MCP servers.";
const passages = "A passage is not changed, as in the API's last version: delete it and insert another.";
const files = "An agent's files are listed with GET.";

/**
 * What belongs to the hosted service alone, or was gone from the contract's last version. None of it is answered with a made-up success: a program that depends on it
 * learns at once that it does.
 */
export const UNAVAILABLE: readonly Unavailable[] = [
  ...of(feeds, [
    ["post", "/v1/feeds"],
    ["get", "/v1/feeds"],
    ["get", "/v1/feeds/{feed_id}"],
    ["delete", "/v1/feeds/{feed_id}"],
    ["post", "/v1/feeds/{feed_id}/messages"],
    ["get", "/v1/feeds/{feed_id}/messages"],
    ["get", "/v1/feeds/{feed_id}/messages/{message_id}"],
    ["post", "/v1/feeds/{feed_id}/subscribe"],
    ["post", "/v1/feeds/{feed_id}/unsubscribe"],
    ["get", "/v1/feeds/{feed_id}/subscriptions"],
    ["patch", "/v1/feeds/{feed_id}/subscriptions/cron"],
    ["patch", "/v1/feeds/{feed_id}/subscriptions/{subscription_id}"],
    ["delete", "/v1/feeds/{feed_id}/subscriptions/{subscription_id}"],
    ["post", "/v1/feeds/{feed_id}/subscriptions/{subscription_id}/trigger"],
    ["post", "/v1/feeds/{feed_id}/subscriptions/{subscription_id}/backfill"],
    ["get", "/v1/feeds/{feed_id}/subscriptions/{subscription_id}/history"],
  ]),
  ...of(pipelines, [
    ["post", "/v1/pipelines"],
    ["get", "/v1/pipelines"],
    ["get", "/v1/pipelines/count"],
    ["post", "/v1/pipelines/preview"],
    ["get", "/v1/pipelines/{pipeline_id}"],
    ["patch", "/v1/pipelines/{pipeline_id}"],
    ["delete", "/v1/pipelines/{pipeline_id}"],
    ["patch", "/v1/pipelines/{pipeline_id}/config"],
    ["post", "/v1/pipelines/{pipeline_id}/sync"],
    ["get", "/v1/pipelines/{pipeline_id}/sync/history"],
  ]),
  ...of(environments, [
    ["post", "/v1/environments/register"],
    ["get", "/v1/environments"],
    ["get", "/v1/environments/{device_id}"],
    ["post", "/v1/environments/{connection_id}/messages"],
    ["delete", "/v1/environments/{id}"],
    ["get", "/v1/device-storage-key"],
  ]),
  ...of(sandboxes, [
    ["post", "/v1/sandboxes"],
    ["get", "/v1/sandboxes"],
    ["post", "/v1/sandboxes/{sandbox_id}/terminate"],
  ]),
  ...of(projects, [
    ["post", "/v1/projects"],
    ["get", "/v1/projects"],
    ["delete", "/v1/projects/{project_id}"],
  ]),
  ...of(account, [
    ["get", "/v1/metadata/balance"],
    ["get", "/v1/metadata/status"],
    ["get", "/v1/metadata/user"],
    ["post", "/v1/metadata/feedback"],
    ["post", "/v1/metadata/telemetry"],
  ]),
  // Only the older client knows these; the last version of its server did not answer them either.
  ...of(composio, [
    ["get", "/v1/tools/composio/apps"],
    ["get", "/v1/tools/composio/apps/{app_name}/actions"],
    ["post", "/v1/tools/composio/{action_name}"],
  ]),
  ...of(passages, [["patch", "/v1/agents/{agent_id}/archival-memory/{memory_id}"]]),
  ...of(files, [["patch", "/v1/agents/{agent_id}/files"]]),
];

function of(why: string, operations: readonly [Unavailable["method"], Unavailable["path"]][]): Unavailable[] {
  return operations.map(([method, path]) => ({ method, path, why }));
}
