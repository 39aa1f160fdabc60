"use client";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { LANGUAGE_NAMES, languageOfTool, ORIGIN_NAMES, originOf, serverNameOf } from "@/lib/client/tools";
import type { Tool } from "@/lib/client/wire";
import { Badge } from "../ui/badge";
import { cn } from "../ui/cn";
import { ToolUsage } from "./tool-usage";

type CatalogueRowProps = { tool: Tool; opened: boolean; onToggle: () => void };

/** A tool in one line; opened, how it has been used. That is asked for only then. */
export function CatalogueRow({ tool, opened, onToggle }: CatalogueRowProps) {
  return (
    <li className="border-line border-b">
      <div className="flex items-start gap-2 py-1.5 hover:bg-hover">
        <button
          type="button"
          aria-expanded={opened}
          aria-label={`Use of ${tool.name}`}
          title="How it is used, and where it is attached"
          onClick={onToggle}
          className="mt-0.5 rounded-sm p-0.5 text-muted hover:text-foreground"
        >
          <ChevronRight className={cn("size-3.5 transition-transform", opened && "rotate-90")} aria-hidden />
        </button>
        <div className="min-w-0 flex-1">
          <Link href={`/tools/${tool.id}`} className="block truncate font-mono text-tools hover:underline">
            {tool.name}
          </Link>
          <span className="line-clamp-1 text-muted text-sm">{tool.description || "No description"}</span>
        </div>
        <span className="flex max-w-[40%] shrink-0 flex-wrap items-center justify-end gap-1 pt-0.5 pr-1">
          {tool.default_requires_approval && <Badge tone="tools">asks</Badge>}
          {tool.tags
            .filter((tag) => !tag.startsWith("mcp:"))
            .slice(0, 3)
            .map((tag) => (
              <Badge key={tag} className="hidden sm:inline-flex">
                {tag}
              </Badge>
            ))}
          <OriginBadge tool={tool} />
        </span>
      </div>
      {opened && (
        <div className="pb-3 pl-7">
          <ToolUsage toolId={tool.id} />
        </div>
      )}
    </li>
  );
}

export function OriginBadge({ tool }: { tool: Tool }) {
  const origin = originOf(tool);
  if (origin === "mcp") return <Badge>MCP · {serverNameOf(tool) ?? "server"}</Badge>;
  if (origin === "custom") return <Badge>{LANGUAGE_NAMES[languageOfTool(tool)]}</Badge>;
  return <Badge>{ORIGIN_NAMES[origin]}</Badge>;
}
