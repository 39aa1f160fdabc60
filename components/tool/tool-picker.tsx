"use client";
import { useQuery } from "@tanstack/react-query";
import { Command as Cmdk } from "cmdk";
import { toolsQuery } from "@/lib/client/queries";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

type ToolPickerProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  attached: readonly string[];
  onPick: (toolId: string) => void;
};

/** Every tool that is not attached yet. */
export function ToolPicker({ open, onOpenChange, attached, onPick }: ToolPickerProps) {
  const tools = useQuery({ ...toolsQuery(), enabled: open });
  const left = tools.data?.filter((tool) => !attached.includes(tool.id));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Attach a tool">
      <Cmdk label="Tools" loop>
        <Cmdk.Input
          placeholder="Name or what it does…"
          className="h-10 w-full border-line border-b bg-transparent px-4 outline-none"
        />
        {tools.isError && <Problem error={tools.error} onRetry={() => void tools.refetch()} />}
        {tools.isPending && <SkeletonRows rows={6} label="Loading tools" />}
        <Cmdk.List className="max-h-80 overflow-auto p-1">
          <Cmdk.Empty className="p-6 text-center text-muted">No other tool has these words.</Cmdk.Empty>
          {left?.map((tool) => (
            <Cmdk.Item
              key={tool.id}
              value={`${tool.name} ${tool.id}`}
              keywords={[tool.description ?? "", ...tool.tags]}
              onSelect={() => {
                onPick(tool.id);
                onOpenChange(false);
              }}
              className="cursor-pointer rounded-md px-3 py-1.5 data-[selected=true]:bg-hover"
            >
              <span className="block font-mono text-sm text-tools">{tool.name}</span>
              <span className="line-clamp-2 text-muted text-sm">{tool.description}</span>
            </Cmdk.Item>
          ))}
        </Cmdk.List>
      </Cmdk>
    </Dialog>
  );
}
