"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { Plus, Search } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useDeferredValue, useState } from "react";
import { countOrigins, findTools, ORIGIN_NAMES, ORIGINS, type Origin, readOrigin } from "@/lib/client/tools";
import type { Tool } from "@/lib/client/wire";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { CatalogueRow } from "./catalogue-row";

/** Every tool: found by its words and by where it comes from. The URL keeps the origin. */
export function ToolCatalogue({ tools }: { tools: UseQueryResult<Tool[]> }) {
  const [text, setText] = useState("");
  const search = useDeferredValue(text.trim());
  const [origin, setOrigin] = useOrigin();
  const [opened, setOpened] = useState<string | null>(null);
  if (!tools.data) {
    return tools.isError ? (
      <Problem error={tools.error} onRetry={() => void tools.refetch()} />
    ) : (
      <SkeletonRows rows={12} label="Loading tools" />
    );
  }
  const counts = countOrigins(tools.data);
  const found = findTools(tools.data, search, origin);
  return (
    <div className="flex flex-col gap-2 px-4 pt-3 pb-6">
      <div className="flex flex-wrap items-center gap-2">
        <div className="relative w-full sm:w-64">
          <Search className="absolute top-1.5 left-2 size-4 text-faint" aria-hidden />
          <Input
            aria-label="Search tools by name, description or tag"
            placeholder="Search by name or what it does"
            className="pl-7"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">Where they come from</legend>
          <OriginButton active={origin === null} count={tools.data.length} onClick={() => setOrigin(null)}>
            All
          </OriginButton>
          {ORIGINS.map((one) => (
            <OriginButton key={one} active={origin === one} count={counts[one]} onClick={() => setOrigin(one)}>
              {ORIGIN_NAMES[one]}
            </OriginButton>
          ))}
        </fieldset>
      </div>
      {found.length === 0 ? (
        <NoTools origin={search === "" ? origin : null} />
      ) : (
        <ul aria-label="Tools" className="border-line border-t">
          {found.map((tool) => (
            <CatalogueRow
              key={tool.id}
              tool={tool}
              opened={opened === tool.id}
              onToggle={() => setOpened(opened === tool.id ? null : tool.id)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

type OriginButtonProps = { active: boolean; count: number; onClick: () => void; children: string };

function OriginButton({ active, count, onClick, children }: OriginButtonProps) {
  return (
    <Button aria-pressed={active} tone={active ? "plain" : "ghost"} onClick={onClick}>
      {children} <span className="text-muted">{count}</span>
    </Button>
  );
}

function useOrigin(): [Origin | null, (origin: Origin | null) => void] {
  const router = useRouter();
  const path = usePathname();
  const origin = readOrigin(useSearchParams().get("origin"));
  return [origin, (next) => router.replace(next ? `${path}?origin=${next}` : path)];
}

function NoTools({ origin }: { origin: Origin | null }) {
  if (origin === "custom") {
    return (
      <Empty
        title="No custom tools yet"
        action={
          <Button asChild tone="primary">
            <Link href="/tools/new">
              <Plus /> Write the first one
            </Link>
          </Button>
        }
      >
        A function in Python or TypeScript. What it is called with is read from its signature and docstring, and it runs
        in a sandbox.
      </Empty>
    );
  }
  if (origin === "mcp") {
    return (
      <Empty
        title="No tools from MCP servers yet"
        action={
          <Button asChild tone="primary">
            <Link href="/tools?view=mcp">Add a server</Link>
          </Button>
        }
      >
        An MCP server brings its own tools: they are listed here as soon as it is added.
      </Empty>
    );
  }
  if (origin === "client") {
    return (
      <Empty
        title="No client-side tools yet"
        action={
          <Button asChild tone="primary">
            <Link href="/tools/new?language=json">Describe one</Link>
          </Button>
        }
      >
        A schema without source: the agent asks, and the program that talks to it runs the tool and sends the return.
      </Empty>
    );
  }
  return <Empty title="No tool matches">Change the search, or look at all origins.</Empty>;
}
