"use client";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { memo } from "react";
import type { Tool } from "@/lib/client/api/wire";
import { formatCount, formatShare } from "@/lib/client/screen/format";
import type { CatalogueEntry } from "@/lib/client/tool/tool-queries";
import { LANGUAGE_NAMES, languageOfTool, ORIGIN_NAMES, originOf, serverNameOf } from "@/lib/client/tool/tools";
import { Ago } from "../shell/bits";
import { Badge } from "../ui/badge";
import { cn } from "../ui/cn";
import { ToolUsage } from "./tool-usage";

/** The places of a row's parts, and of the words above them. */
export const COLUMNS =
  "grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 sm:grid-cols-[minmax(0,1fr)_6.5rem_5rem]";

type CatalogueRowProps = { tool: CatalogueEntry; opened: boolean; onToggle: (toolId: string) => void };

/** A tool in one line, with how it was used lately; opened, all of that. Rows out of sight are not laid out. */
export const CatalogueRow = memo(function CatalogueRow({ tool, opened, onToggle }: CatalogueRowProps) {
  return (
    <li className="border-line border-b [contain-intrinsic-size:auto_49px] [content-visibility:auto]">
      <div className={cn(COLUMNS, "py-1.5 hover:bg-hover")}>
        <div className="flex min-w-0 items-start gap-2">
          <button
            type="button"
            aria-expanded={opened}
            aria-label={`Use of ${tool.name}`}
            title="How it is used, and where it is attached"
            onClick={() => onToggle(tool.id)}
            className="mt-0.5 rounded-sm p-0.5 text-muted hover:text-foreground"
          >
            <ChevronRight className={cn("size-3.5 transition-transform", opened && "rotate-90")} aria-hidden />
          </button>
          <div className="min-w-0 flex-1">
            <div className="flex min-w-0 items-center gap-2">
              <Link href={`/tools/${tool.id}`} className="min-w-0 truncate font-mono text-tools hover:underline">
                {tool.name}
              </Link>
              {tool.default_requires_approval && <Badge tone="tools">asks</Badge>}
              {tool.tags
                .filter((tag) => !tag.startsWith("mcp:"))
                .slice(0, 3)
                .map((tag) => (
                  <Badge key={tag} className="hidden max-w-32 truncate md:inline-flex">
                    {tag}
                  </Badge>
                ))}
              <OriginBadge tool={tool} />
            </div>
            <span className="line-clamp-1 text-muted text-sm">{tool.description || "No description"}</span>
          </div>
        </div>
        <Calls tool={tool} />
        <span className="hidden pr-1 text-right text-sm sm:block">
          {tool.agent_count === 0 ? (
            <span className="text-muted">–</span>
          ) : (
            `${formatCount(tool.agent_count)} ${tool.agent_count === 1 ? "agent" : "agents"}`
          )}
        </span>
      </div>
      {opened && (
        <div className="pb-3 pl-7">
          <ToolUsage toolId={tool.id} />
        </div>
      )}
    </li>
  );
});

function Calls({ tool: { calls, failures, last_used_at } }: { tool: CatalogueEntry }) {
  if (calls === 0) return <span className="pr-1 text-right text-muted text-sm sm:pr-0">–</span>;
  return (
    <span className="pr-1 text-right text-sm sm:pr-0">
      {formatCount(calls)} {calls === 1 ? "call" : "calls"}
      <span className="block text-muted">
        {failures > 0 ? (
          <span className="text-error">{formatShare(failures, calls)} failed</span>
        ) : (
          last_used_at && <Ago at={last_used_at} />
        )}
      </span>
    </span>
  );
}

export function OriginBadge({ tool }: { tool: Pick<Tool, "tool_type" | "source_type" | "tags"> }) {
  const origin = originOf(tool);
  if (origin === "mcp") return <Badge className="max-w-40 truncate">MCP · {serverNameOf(tool) ?? "server"}</Badge>;
  if (origin === "custom") return <Badge>{LANGUAGE_NAMES[languageOfTool(tool)]}</Badge>;
  return <Badge>{ORIGIN_NAMES[origin]}</Badge>;
}
