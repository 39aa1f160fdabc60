import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { createInvitation } from "../accounts/invitations";
import { createSession } from "../accounts/sessions";
import { newId } from "../core/ids";
import type { Samples } from "./requests";
import type { RunningCore } from "./running-core";

/** Sends a request as a tenant, or with a token; answers the parsed body, or the text of what is not JSON. */
export type Send = <Body = unknown>(
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; body: Body; text: string }>;

/** Templates without a project are addressed by this one, in every organization. */
export const DEFAULT_PROJECT = "default";

/** Stands in every text that a sample holds, so that what leaks is seen. */
export const mark = (tenant: string) => `mark-of-${tenant}`;

/** One of every resource, made through the API, and the value of each parameter that names it. */
export async function makeSamples(t: RunningCore, send: Send, tenant: string): Promise<Samples> {
  const marked = mark(tenant);
  const made = async (method: string, path: string, body?: unknown): Promise<{ id: string }> => {
    const answer = await send<{ id: string }>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const much = 1_000_000_000;
  const limits = { requests_per_minute: much, runs_at_once: much, tokens_per_day: much, dollars_per_month: much };
  await send("PUT", "/v1/limits", limits);
  const label = `label-${tenant}`;
  const block = await made("POST", "/v1/blocks", { label, value: marked });
  const tool = await made("POST", "/v1/tools", {
    source_type: "json",
    source_code: "",
    json_schema: { name: `tool_${tenant}`, description: marked, parameters: {} },
  });
  const archive = await made("POST", "/v1/archives", { name: marked });
  const passage = await made("POST", `/v1/archives/${archive.id}/passages`, { text: marked });
  const erased = await made("POST", `/v1/archives/${archive.id}/passages`, { text: "erased" });
  await send("DELETE", `/v1/archives/${archive.id}/passages/${erased.id}?erase=true`);
  const agent = (await made("POST", "/v1/agents", {
    name: marked,
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: ["memory_insert"],
    tool_ids: [tool.id],
    block_ids: [block.id],
    tags: [marked],
  })) as WireAgent;
  await made("PATCH", `/v1/agents/${agent.id}/archives/attach/${archive.id}`);
  const conversation = await made("POST", `/v1/conversations?agent_id=${agent.id}`, { summary: marked });
  t.push(calls({ id: `call-of-${tenant}`, name: "memory_insert", args: { label, new_string: marked } }), says(marked));
  const { body: run } = await send<{ id: string }>("POST", `/v1/agents/${agent.id}/messages/async`, { input: marked });
  await t.core.runs.find(run.id)?.done;
  await made("PUT", `/v1/blocks/${block.id}/write-policy`, { writes: "review" });
  await made("POST", `/v1/agents/${agent.id}/tools/memory_insert/run`, { args: { label, new_string: marked } });
  const [proposal] = (await send<{ id: string }[]>("GET", "/v1/memory-proposals")).body;
  await made("PUT", `/v1/blocks/${block.id}/write-policy`, { writes: "at-once" });
  const [message] = (await send<{ id: string }[]>("GET", `/v1/runs/${run.id}/messages`)).body;
  const [step] = (await send<{ id: string }[]>("GET", `/v1/runs/${run.id}/steps`)).body;
  const [version] = (await send<{ id: string }[]>("GET", `/v1/agents/${agent.id}/versions`)).body;
  const provider = await made("POST", "/v1/providers", { name: marked, provider_type: "openai", api_key: "k" });
  const identity = await made("POST", "/v1/identities", {
    identifier_key: marked,
    name: marked,
    identity_type: "user",
    agent_ids: [agent.id],
    block_ids: [block.id],
  });
  const group = await made("POST", "/v1/groups", { description: marked, agent_ids: [agent.id] });
  const folder = await made("POST", "/v1/folders", { name: marked });
  const form = new FormData();
  form.set("file", new File([marked], "a.txt"));
  const file = await made("POST", `/v1/folders/${folder.id}/upload`, form);
  await t.jobs.idle();
  await made("PATCH", `/v1/agents/${agent.id}/folders/attach/${folder.id}`);
  const workspacePath = `${marked}.txt`;
  await send("PUT", `/v1/agents/${agent.id}/workspace/file`, { path: workspacePath, content: marked });
  const schedule = await made("POST", `/v1/agents/${agent.id}/schedule`, {
    messages: [{ role: "user", content: marked }],
    schedule: { type: "one-time", scheduled_at: Date.now() + 86_400_000 },
  });
  t.push(says(marked));
  const batch = await made("POST", "/v1/messages/batches", { requests: [{ agent_id: agent.id, input: marked }] });
  await t.jobs.idle();
  const suite = await made("POST", "/v1/suites", {
    source: JSON.stringify({
      suite: marked,
      start: { agent: agent.id },
      cases: [{ name: marked, checks: [{ memory: { contains: marked } }] }],
    }),
  });
  const suiteRun = await made("POST", `/v1/suites/${suite.id}/runs`);
  await t.jobs.idle();
  const [suiteItem] = (await send<{ id: string }[]>("GET", `/v1/suites/${suite.id}/runs/${suiteRun.id}/items`)).body;
  const server = await made("POST", "/v1/mcp-servers", {
    server_name: `server-${tenant}`,
    config: { mcp_server_type: "streamable_http", server_url: "http://127.0.0.1:9/mcp" },
  });
  const template = await made("POST", "/v1/templates", {
    type: "agent",
    agent_id: agent.id,
    name: `template-of-${tenant}`,
  });
  await made("POST", `/v1/templates/template-of-${tenant}/save`, {});
  const { deployment_id } = (await made("POST", `/v1/templates/template-of-${tenant}:1/agents`, {})) as unknown as {
    deployment_id: string;
  };
  const token = (
    await send<{ token: string }>("POST", "/v1/client-side-access-tokens", {
      hostname: "https://example.com",
      policy: [{ type: "agent", id: agent.id, access: ["read_agent"] }],
    })
  ).body.token;
  const view = await made("POST", "/v1/runs/views", { name: marked, filter: { search: marked } });
  const [owner] = await t.core.db.query<{ organization_id: string; created_by_id: string }>(
    "SELECT organization_id, created_by_id FROM agent WHERE id = $1",
    [agent.id],
  );
  const actor = { organizationId: owner!.organization_id, userId: owner!.created_by_id };
  const { session } = await createSession(t.core, { address: "203.0.113.7", userAgent: marked }, actor);
  const account = { email: `${marked}@example.com`, passwordHash: "" };
  await t.core.db.prisma.account.upsert({
    where: { userId: actor.userId },
    create: { userId: actor.userId, ...account },
    update: account,
  });
  const member = await t.core.db.prisma.membership.upsert({
    where: { organizationId_userId: actor },
    create: { id: newId("member"), ...actor, role: "owner" },
    update: {},
  });
  const { invitation } = await createInvitation(
    { ...t.core, actor },
    { email: `friend-of-${marked}@example.com`, role: "viewer", expires_in_days: 1 },
  );
  const key = await made("POST", "/v1/keys", { name: marked, role: "viewer" });
  return {
    key_id: key.id,
    session_id: session.id,
    organization_id: actor.organizationId,
    member_id: member.id,
    invitation_id: invitation.id,
    agent_id: agent.id,
    workspace_path: workspacePath,
    block_id: block.id,
    proposal_id: proposal!.id,
    block_label: label,
    tool_id: tool.id,
    tool_name: `tool_${tenant}`,
    archive_id: archive.id,
    passage_id: passage.id,
    memory_id: passage.id,
    conversation_id: conversation.id,
    run_id: run.id,
    view_id: view.id,
    user_id: owner!.created_by_id,
    actor_id: owner!.created_by_id,
    target_id: agent.id,
    provider: "oidc",
    step_id: step!.id,
    tool_call_id: `call-of-${tenant}`,
    message_id: message!.id,
    version_id: version!.id,
    provider_id: provider.id,
    identity_id: identity.id,
    group_id: group.id,
    folder_id: folder.id,
    source_id: folder.id,
    folder_name: marked,
    file_id: file.id,
    scheduled_message_id: schedule.id,
    batch_id: batch.id,
    job_id: batch.id,
    suite_id: suite.id,
    suite_run_id: suiteRun.id,
    suite_item_id: suiteItem!.id,
    with_run_id: suiteRun.id,
    mcp_server_id: server.id,
    mcp_server_name: `server-${tenant}`,
    mcp_tool_name: "tool",
    project_id: DEFAULT_PROJECT,
    template_id: template.id,
    template_name: `template-of-${tenant}`,
    template_version: `template-of-${tenant}:1`,
    deployment_id,
    token,
  };
}
