"use client";
import { useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import type { ReactNode } from "react";
import { operation } from "@/lib/client/api/code";
import { healthQuery, modelsQuery } from "@/lib/client/api/server-queries";
import { DEMO_MODEL, type Model } from "@/lib/client/api/wire";
import { formatShort } from "@/lib/client/screen/format";
import { AccessPart } from "../access/access-part";
import { FairUsePart } from "../access/fair-use-part";
import { KeysPart } from "../access/keys-part";
import { Part, SettingsFrame } from "../access/settings-frame";
import { SkeletonRows } from "../ui/skeleton";
import { Allowed } from "./allowed";
import { CopyButton } from "./bits";
import { DemoLabel } from "./demo-label";
import { Problem } from "./problem";
import { ProvidersPart } from "./providers-part";

/** What this server has found: health, models, search; and how to give it more. */
export function SettingsPage() {
  const models = useQuery(modelsQuery());
  const onlyDemo = models.data?.every((model) => model.handle === DEMO_MODEL) ?? false;
  return (
    <SettingsFrame
      title="Settings"
      code={[
        operation("models.list", { method: "get", path: "/v1/models" }),
        operation("providers.list", { method: "get", path: "/v1/providers", named: false }),
      ]}
    >
      <Server />
      <Part title="Who gets in">
        <AccessPart />
      </Part>
      <div id="fair-use">
        <Part title="Fair use">
          <p className="mb-2 text-muted">
            How much this organization may use, on all servers together. With nothing left, requests are answered with
            429 and when to come again; what is at work goes on.
          </p>
          <FairUsePart keyId={null} />
        </Part>
      </div>
      <Part title="Keys of programs">
        <KeysPart />
      </Part>
      <Part title="Models">
        {onlyDemo && (
          <p className="mb-2 rounded-md border border-tools/40 p-3">
            Only the demo model is here. It is a small fixed program, not an LLM: it reads by patterns, calls tools and
            edits memory so that everything can be tried. Set a key below for a real model.
          </p>
        )}
        {models.isError ? (
          <Problem error={models.error} onRetry={() => void models.refetch()} className="m-0" />
        ) : models.data ? (
          <ModelTable models={models.data} />
        ) : (
          <SkeletonRows rows={4} label="Loading models" />
        )}
      </Part>
      <Part title="Providers">
        <p className="mb-2 text-muted">
          A key that is given here is kept encrypted on the server and never comes back to a page.
        </p>
        <Allowed needs="providers.create" what="Providers are for owners and admins.">
          <ProvidersPart />
        </Allowed>
      </Part>
      <Keys />
    </SettingsFrame>
  );
}

function Server() {
  const health = useQuery({ ...healthQuery(), refetchInterval: 15_000 });
  return (
    <Part title="Server">
      {health.isError ? (
        <Problem error={health.error} onRetry={() => void health.refetch()} className="m-0" />
      ) : (
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1">
          <Fact name="Status">
            {health.data ? (
              <span className="flex items-center gap-1.5">
                {health.data.status === "ok" ? (
                  <Check className="size-4 text-files" aria-hidden />
                ) : (
                  <X className="size-4 text-error" aria-hidden />
                )}
                {health.data.status}
              </span>
            ) : (
              "…"
            )}
          </Fact>
          <Fact name="API version">{health.data?.version ?? "…"}</Fact>
          <Fact name="Database">
            {health.data ? (health.data.database === "pglite" ? "embedded (PGlite)" : "Postgres server") : "…"}
          </Fact>
          <Fact name="Search">{health.data?.search_note ?? "…"}</Fact>
        </dl>
      )}
    </Part>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function ModelTable({ models }: { models: readonly Model[] }) {
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-muted text-sm">
        <tr className="border-line border-b">
          <th className="py-1 pr-3 font-normal">Handle</th>
          <th className="py-1 pr-3 font-normal">Provider</th>
          <th className="py-1 text-right font-normal">Context window</th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <tr key={model.handle} className="border-line border-b">
            <td className="break-all py-1 pr-3 font-mono text-sm">
              {model.handle} <DemoLabel model={model.handle} />
            </td>
            <td className="py-1 pr-3">{model.provider_name ?? model.provider_type}</td>
            <td className="whitespace-nowrap py-1 text-right">
              {model.context_window_source === "guess" && (
                <span
                  className="text-muted"
                  title="Neither the provider nor a catalog says it. An agent may set another, and MEMOIR_MODELS all."
                >
                  a guess:{" "}
                </span>
              )}
              {formatShort(model.context_window)} tokens
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const EXAMPLES = [
  { name: "OpenAI", line: "OPENAI_API_KEY=sk-… npm start" },
  { name: "Anthropic", line: "ANTHROPIC_API_KEY=sk-ant-… npm start" },
  { name: "Google", line: "GEMINI_API_KEY=… npm start" },
  { name: "Ollama, on its usual port", line: "ollama serve & npm start" },
];

function Keys() {
  return (
    <Part title="Keys in the environment">
      <p className="mb-2 text-muted">
        The server also reads keys from its environment when it starts. A local Ollama is found by itself.
      </p>
      <ul className="flex flex-col gap-2">
        {EXAMPLES.map((example) => (
          <li
            key={example.name}
            className="flex flex-wrap items-center gap-x-2 rounded-md border border-line py-1 pl-3 sm:py-0"
          >
            <span className="w-full shrink-0 text-muted text-sm sm:w-44">{example.name}</span>
            <code className="min-w-0 flex-1 truncate font-mono text-sm">{example.line}</code>
            <CopyButton text={example.line} label={`Copy the line for ${example.name}`} />
          </li>
        ))}
      </ul>
    </Part>
  );
}
