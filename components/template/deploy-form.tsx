"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { type DeployChoice, deployBody, variablesOf } from "@/lib/client/template/template-content";
import { type AgentTemplate, templateSnapshotQuery, versionPlace } from "@/lib/client/template/template-queries";
import { Field } from "../form/field";
import { AreaField, TextField } from "../form/text-field";
import { FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { VersionSelect } from "./version-select";

const EMPTY: DeployChoice = { name: "", tags: "", memory: {}, secrets: {} };

/** Makes agents of a version: its variables are the form. */
export function DeployForm({ template }: { template: AgentTemplate }) {
  const client = useQueryClient();
  const [version, setVersion] = useState("latest");
  const [choice, setChoice] = useState(EMPTY);
  const snapshot = useQuery(templateSnapshotQuery(template, version));
  const deploy = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/templates/{project_id}/{template_version}/agents", {
          params: { path: versionPlace(template, version) },
          body: deployBody(choice),
        }),
      ),
    onSuccess: async () => {
      setChoice(EMPTY);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.templateAgents(template.id) }),
        client.invalidateQueries({ queryKey: queryKeys.agents() }),
      ]);
    },
  });
  const change = (part: Partial<DeployChoice>) => setChoice((before) => ({ ...before, ...part }));
  const agents = snapshot.data?.agents.length ?? 1;
  return (
    <section aria-label="Make agents">
      <h2 className="mb-2 font-medium text-lg">{agents > 1 ? `Make its ${agents} agents` : "Make an agent"}</h2>
      <FormFrame columns onSubmit={() => deploy.mutate()}>
        <Field label="Version">
          {(id) => <VersionSelect id={id} template={template} value={version} onChange={setVersion} withCurrent />}
        </Field>
        <TextField
          label={agents > 1 ? "Name of the first agent" : "Name of the agent"}
          pattern="[a-zA-Z0-9_ \-]*"
          title="letters, digits, spaces, - and _"
          maxLength={255}
          placeholder="a random one, if left empty"
          value={choice.name}
          onChange={(name) => change({ name })}
        />
        {snapshot.isError ? (
          <Problem error={snapshot.error} onRetry={() => void snapshot.refetch()} className="m-0 sm:col-span-2" />
        ) : snapshot.data ? (
          <Variables variables={variablesOf(snapshot.data)} choice={choice} change={change} />
        ) : (
          <SkeletonRows rows={2} label="Loading the variables" />
        )}
        <TextField label="Tags" hint="with commas" value={choice.tags} onChange={(tags) => change({ tags })} />
        <div className="flex flex-wrap items-center gap-3 sm:col-span-2">
          <Button
            needs="templates.agents.create"
            tone="primary"
            type="submit"
            disabled={deploy.isPending || !snapshot.data}
          >
            {deploy.isPending ? "Making…" : agents > 1 ? "Make the agents" : "Make the agent"}
          </Button>
          {deploy.isSuccess && (
            <p role="status">
              Made.{" "}
              <Link href={`/agents/${deploy.data.agent_ids[0]}`} className="underline">
                Open it
              </Link>
            </p>
          )}
        </div>
        {deploy.isError && <Problem error={deploy.error} className="m-0 sm:col-span-2" />}
      </FormFrame>
    </section>
  );
}

type VariablesProps = {
  variables: ReturnType<typeof variablesOf>;
  choice: DeployChoice;
  change: (part: Partial<DeployChoice>) => void;
};

function Variables({ variables: { memory, secrets }, choice, change }: VariablesProps) {
  if (memory.length === 0 && secrets.length === 0) {
    return (
      <p className="text-muted sm:col-span-2">
        This version has no variables: write {"{{name}}"} in its prompt or a block below for what differs from agent to
        agent.
      </p>
    );
  }
  return (
    <>
      {memory.map(({ key, defaultValue }) => (
        <AreaField
          key={key}
          label={`{{${key}}}`}
          className="min-h-7"
          rows={1}
          placeholder={defaultValue || "stays as it is written, if left empty"}
          value={choice.memory[key] ?? ""}
          onChange={(text) => change({ memory: { ...choice.memory, [key]: text } })}
        />
      ))}
      {secrets.map((key) => (
        <TextField
          key={key}
          label={`Secret ${key}`}
          type="password"
          value={choice.secrets[key] ?? ""}
          onChange={(text) => change({ secrets: { ...choice.secrets, [key]: text } })}
        />
      ))}
    </>
  );
}
