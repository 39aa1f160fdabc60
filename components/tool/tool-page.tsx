"use client";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { ApiError } from "@/lib/client/api-error";
import { operation } from "@/lib/client/code";
import { serverIdOf, tryForAgent, tryOnServer } from "@/lib/client/test-run";
import { toolQuery } from "@/lib/client/tool-queries";
import { originOf } from "@/lib/client/tools";
import type { Tool } from "@/lib/client/wire";
import { AppHeader } from "../shell/app-header";
import { Id, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { OriginBadge } from "./catalogue-row";
import { CustomTool } from "./custom-tool";
import { DeleteTool } from "./delete-tool";
import { SchemaPart } from "./source-part";
import { ToolSecrets } from "./tool-secrets";
import { ToolSettings } from "./tool-settings";
import { ToolUsage } from "./tool-usage";
import { TryTool } from "./try-tool";

/** One tool: what it is, how it is used, and a way to try and change it. */
export function ToolPage({ toolId }: { toolId: string }) {
  const tool = useQuery(toolQuery(toolId));
  const name = tool.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · Memoir`;
  }, [name]);
  return (
    <>
      <AppHeader
        code={[
          operation("tools.retrieve", { method: "get", path: "/v1/tools/{tool_id}", params: { tool_id: toolId } }),
          operation("tools.stats", {
            method: "get",
            path: "/v1/tools/{tool_id}/stats",
            params: { tool_id: toolId },
            named: false,
          }),
        ]}
      />
      <main className="min-h-0 flex-1 overflow-auto">
        {tool.data ? (
          <Content tool={tool.data} />
        ) : tool.isError ? (
          <Missing error={tool.error} onRetry={() => void tool.refetch()} />
        ) : (
          <SkeletonRows rows={12} label="Loading the tool" />
        )}
      </main>
    </>
  );
}

function Missing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const gone = error instanceof ApiError && [404, 422].includes(error.status);
  return (
    <>
      <Problem error={error} {...(gone ? {} : { onRetry })} />
      <Button asChild className="ml-3">
        <Link href="/tools">All tools</Link>
      </Button>
    </>
  );
}

function Content({ tool }: { tool: Tool }) {
  const router = useRouter();
  const [deleting, setDeleting] = useState(false);
  const origin = originOf(tool);
  const isOwn = origin === "custom" || origin === "client";
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="text-muted text-sm">
            <Link href="/tools" className="hover:underline">
              Tools
            </Link>{" "}
            /
          </p>
          <h1 className="flex flex-wrap items-center gap-2 font-semibold text-xl">
            <span className="min-w-0 break-words font-mono">{tool.name}</span> <OriginBadge tool={tool} />
          </h1>
          <p className="line-clamp-3 break-words text-muted">{tool.description || "No description"}</p>
        </div>
        <Id id={tool.id} />
        {isOwn && (
          <Button tone="danger" onClick={() => setDeleting(true)}>
            <Trash2 /> Delete
          </Button>
        )}
      </div>
      {isOwn ? <CustomTool tool={tool} side={<Side tool={tool} />} /> : <GivenTool tool={tool} />}
      <DeleteTool
        tool={deleting ? tool : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/tools")}
      />
    </div>
  );
}

/** A tool whose source is not here: of the house, or of an MCP server. */
function GivenTool({ tool }: { tool: Tool }) {
  const serverId = serverIdOf(tool);
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_360px]">
      <div className="flex min-w-0 flex-col gap-4">
        <SchemaPart schema={tool.json_schema} />
        <ToolSettings key={tool.id} tool={tool} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <TryTool
          schema={tool.json_schema}
          needsAgent={serverId === null}
          takesAgent
          note={
            serverId === null
              ? "It runs as the chosen agent would run it. The tool has to be attached to that agent."
              : "It runs on its server. With an agent it has to be attached to that agent, and gets its secrets."
          }
          run={(trial) =>
            trial.agentId === null && serverId !== null
              ? tryOnServer(serverId, tool.id, trial)
              : tryForAgent(tool.name, { ...trial, agentId: trial.agentId ?? "" })
          }
        />
        <Side tool={tool} />
      </div>
    </div>
  );
}

function Side({ tool }: { tool: Tool }) {
  return (
    <>
      <section aria-label="Use" className="rounded-md border border-line">
        <SectionHead title="Use" />
        <div className="px-3 pb-3">
          <ToolUsage toolId={tool.id} />
        </div>
      </section>
      {originOf(tool) === "custom" && <ToolSecrets toolId={tool.id} />}
    </>
  );
}
