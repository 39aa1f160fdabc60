"use client";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import type { Tool } from "@/lib/client/api/wire";
import { serverIdOf, tryForAgent, tryOnServer } from "@/lib/client/tool/test-run";
import { toolQuery } from "@/lib/client/tool/tool-queries";
import { originOf } from "@/lib/client/tool/tools";
import { useToolDraft } from "@/lib/client/tool/use-tool-draft";
import { Id, SectionHead } from "../shell/bits";
import { DetailColumns, DetailHead, DetailPage } from "../shell/detail-page";
import { Button } from "../ui/button";
import { OriginBadge } from "./catalogue-row";
import { CustomTool } from "./custom-tool";
import { DeleteTool } from "./delete-tool";
import { TOOLS } from "./place";
import { SchemaPart } from "./source-part";
import { ToolSecrets } from "./tool-secrets";
import { ToolSettings } from "./tool-settings";
import { ToolUsage } from "./tool-usage";
import { TryTool } from "./try-tool";

/** One tool: what it is, how it is used, and a way to try and change it. */
export function ToolPage({ toolId }: { toolId: string }) {
  const params = { tool_id: toolId };
  return (
    <DetailPage
      record={useQuery(toolQuery(toolId))}
      list={TOOLS}
      what="the tool"
      code={[
        operation("tools.retrieve", { method: "get", path: "/v1/tools/{tool_id}", params }),
        operation("tools.stats", { method: "get", path: "/v1/tools/{tool_id}/stats", params, named: false }),
      ]}
    >
      {(tool) => <Content key={tool.id} tool={tool} />}
    </DetailPage>
  );
}

function Content({ tool }: { tool: Tool }) {
  const router = useRouter();
  const [deleting, setDeleting] = useState(false);
  const origin = originOf(tool);
  const isOwn = origin === "custom" || origin === "client";
  return (
    <>
      <DetailHead
        list={TOOLS}
        title={
          <>
            <span className="min-w-0 break-words font-mono">{tool.name}</span> <OriginBadge tool={tool} />
          </>
        }
        note={tool.description || "No description"}
      >
        <Id id={tool.id} />
        {isOwn && (
          <Button needs="tools.delete" tone="danger" onClick={() => setDeleting(true)}>
            <Trash2 /> Delete
          </Button>
        )}
      </DetailHead>
      {isOwn ? <CustomTool tool={tool} side={<Side tool={tool} />} /> : <GivenTool tool={tool} />}
      <DeleteTool
        tool={deleting ? tool : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/tools")}
      />
    </>
  );
}

/** A tool whose source is not here: of the house, or of an MCP server. */
function GivenTool({ tool }: { tool: Tool }) {
  const serverId = serverIdOf(tool);
  const settings = useToolDraft(tool);
  return (
    <DetailColumns
      aside={
        <>
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
        </>
      }
    >
      <SchemaPart schema={tool.json_schema} />
      <ToolSettings tool={tool} state={settings} language={null} />
    </DetailColumns>
  );
}

function Side({ tool }: { tool: Tool }) {
  return (
    <>
      <section aria-label="Use" className="rounded-md border border-line">
        <SectionHead title="Use" />
        <div className="px-3 pb-3">
          <ToolUsage toolId={tool.id} canAttach />
        </div>
      </section>
      {originOf(tool) === "custom" && <ToolSecrets toolId={tool.id} />}
    </>
  );
}
