"use client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Plus, Search } from "lucide-react";
import Link from "next/link";
import { useCallback, useState } from "react";
import { formatCount } from "@/lib/client/screen/format";
import { useAddressParam } from "@/lib/client/screen/use-address";
import { useInSight } from "@/lib/client/screen/use-in-sight";
import { useSettled } from "@/lib/client/screen/use-settled";
import { catalogueQuery, originsQuery } from "@/lib/client/tool/tool-queries";
import { ORIGIN_NAMES, ORIGINS, type Origin, readOrigin } from "@/lib/client/tool/tools";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Input } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { CatalogueRow, COLUMNS } from "./catalogue-row";

const SETTLED_MS = 200;

/** Every tool: found by its words and by where it comes from. The URL keeps the origin. */
export function ToolCatalogue() {
  const [text, setText] = useState("");
  const search = useSettled(text.trim(), SETTLED_MS);
  const [origin, setOrigin] = useOrigin();
  const counts = useQuery(originsQuery(search)).data;
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
          <OriginButton
            active={origin === null}
            count={counts && Object.values(counts).reduce((sum, count) => sum + count, 0)}
            onClick={() => setOrigin(null)}
          >
            All
          </OriginButton>
          {ORIGINS.map((one) => (
            <OriginButton key={one} active={origin === one} count={counts?.[one]} onClick={() => setOrigin(one)}>
              {ORIGIN_NAMES[one]}
            </OriginButton>
          ))}
        </fieldset>
      </div>
      <Found search={search} origin={origin} />
    </div>
  );
}

function Found({ search, origin }: { search: string; origin: Origin | null }) {
  const tools = useInfiniteQuery(catalogueQuery(search, origin));
  const [opened, setOpened] = useState<string | null>(null);
  const toggle = useCallback((toolId: string) => setOpened((before) => (before === toolId ? null : toolId)), []);
  const more = () => {
    if (tools.hasNextPage && !tools.isFetchingNextPage && !tools.isFetchNextPageError) void tools.fetchNextPage();
  };
  const end = useInSight(more);
  if (!tools.data) {
    return tools.isError ? (
      <Problem error={tools.error} onRetry={() => void tools.refetch()} className="mx-0" />
    ) : (
      <SkeletonRows rows={12} label="Loading tools" />
    );
  }
  const found = tools.data.pages.flat();
  if (found.length === 0) return <NoTools origin={search === "" ? origin : null} />;
  return (
    <div className={cn("relative", tools.isPlaceholderData && "opacity-60")}>
      <div aria-hidden className={cn(COLUMNS, "pb-1 text-muted text-xs")}>
        <span className="pl-7">Name</span>
        <span className="pr-1 text-right sm:pr-0">Last 30 days</span>
        <span className="hidden pr-1 text-right sm:block">Attached to</span>
      </div>
      <ul aria-label="Tools" className="border-line border-t">
        {found.map((tool) => (
          <CatalogueRow key={tool.id} tool={tool} opened={opened === tool.id} onToggle={toggle} />
        ))}
      </ul>
      {tools.isFetchNextPageError && <Problem error={tools.error} className="mx-0" />}
      {tools.hasNextPage && (
        <>
          {/* A screen above the end, so that the next page is there when one comes to it; anew for each page. */}
          <div
            key={found.length}
            ref={end}
            aria-hidden
            className="pointer-events-none absolute bottom-0 h-[80vh] w-px"
          />
          <Button className="mt-2" disabled={tools.isFetchingNextPage} onClick={() => void tools.fetchNextPage()}>
            {tools.isFetchingNextPage ? "Loading more…" : "Load more"}
          </Button>
        </>
      )}
    </div>
  );
}

type OriginButtonProps = { active: boolean; count: number | undefined; onClick: () => void; children: string };

function OriginButton({ active, count, onClick, children }: OriginButtonProps) {
  return (
    <Button aria-pressed={active} tone={active ? "plain" : "ghost"} onClick={onClick}>
      {children} <span className="min-w-2 text-muted">{count === undefined ? "" : formatCount(count)}</span>
    </Button>
  );
}

function useOrigin(): [Origin | null, (origin: Origin | null) => void] {
  const [origin, change] = useAddressParam("origin");
  return [readOrigin(origin), change];
}

function NoTools({ origin }: { origin: Origin | null }) {
  if (origin === "custom") {
    return (
      <Empty
        title="No custom tools yet"
        action={
          <Button needs="tools.create" asChild tone="primary">
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
          <Button needs="mcpServers.create" asChild tone="primary">
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
          <Button needs="tools.create" asChild tone="primary">
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
