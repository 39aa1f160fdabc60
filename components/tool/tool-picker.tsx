"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Command as Cmdk } from "cmdk";
import { useState } from "react";
import { useSettled } from "@/lib/client/screen/use-settled";
import { catalogueQuery } from "@/lib/client/tool/tool-queries";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

type ToolPickerProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  attached: readonly string[];
  onPick: (toolId: string) => void;
};

const SETTLED_MS = 200;
const ITEM = "cursor-pointer rounded-md px-3 py-1.5 data-[selected=true]:bg-hover";

/** Every tool that is not attached yet; the server searches. */
export function ToolPicker({ open, onOpenChange, attached, onPick }: ToolPickerProps) {
  const [text, setText] = useState("");
  const tools = useInfiniteQuery({ ...catalogueQuery(useSettled(text.trim(), SETTLED_MS), null), enabled: open });
  const left = tools.data?.pages.flat().filter((tool) => !attached.includes(tool.id));
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setText("");
        onOpenChange(next);
      }}
      title="Attach a tool"
    >
      <Cmdk label="Tools" loop shouldFilter={false}>
        <Cmdk.Input
          placeholder="Name or what it does…"
          className="h-10 w-full border-line border-b bg-transparent px-4 outline-none"
          value={text}
          onValueChange={setText}
        />
        {tools.isError && <Problem error={tools.error} onRetry={() => void tools.refetch()} />}
        {tools.isPending && <SkeletonRows rows={6} label="Loading tools" />}
        <Cmdk.List className="max-h-80 overflow-auto p-1">
          {left && <Cmdk.Empty className="p-6 text-center text-muted">No other tool has these words.</Cmdk.Empty>}
          {left?.map((tool) => (
            <Cmdk.Item
              key={tool.id}
              value={tool.id}
              onSelect={() => {
                onPick(tool.id);
                setText("");
                onOpenChange(false);
              }}
              className={ITEM}
            >
              <span className="block font-mono text-sm text-tools">{tool.name}</span>
              <span className="line-clamp-2 text-muted text-sm">{tool.description}</span>
            </Cmdk.Item>
          ))}
          {tools.hasNextPage && (
            <Cmdk.Item value="more" onSelect={() => void tools.fetchNextPage()} className={ITEM}>
              {tools.isFetchingNextPage ? "Loading more…" : "Show more"}
            </Cmdk.Item>
          )}
        </Cmdk.List>
      </Cmdk>
    </Dialog>
  );
}
