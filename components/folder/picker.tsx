"use client";
import { Command as Cmdk } from "cmdk";
import type { Paged } from "@/lib/client/api/paged";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

export type Choice = { id: string; name: string; note?: string | null; words?: readonly string[] };

type PickerProps = {
  title: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  choices: readonly Choice[] | undefined;
  error: unknown;
  /** Said where nothing fits. */
  empty: string;
  onPick: (id: string) => void;
  /** Where the server searches: what it is asked for, and the rest of what it found. */
  server?: { text: string; onText: (text: string) => void; more: Paged<unknown> };
};

/** One of many, found by typing. */
export function Picker({ title, open, onOpenChange, choices, error, empty, onPick, server }: PickerProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      <Cmdk label={title} loop shouldFilter={!server}>
        <Cmdk.Input
          placeholder="Name…"
          className="h-10 w-full border-line border-b bg-transparent px-4 outline-none"
          {...(server ? { value: server.text, onValueChange: server.onText } : {})}
        />
        {error != null && <Problem error={error} />}
        {error == null && !choices && <SkeletonRows rows={6} label="Loading" />}
        <Cmdk.List className="max-h-80 overflow-auto p-1">
          {choices && <Cmdk.Empty className="p-6 text-center text-muted">{empty}</Cmdk.Empty>}
          {choices?.map((choice) => (
            <Cmdk.Item
              key={choice.id}
              value={`${choice.name} ${choice.id}`}
              keywords={[...(choice.words ?? [])]}
              onSelect={() => {
                onPick(choice.id);
                onOpenChange(false);
              }}
              className="cursor-pointer rounded-md px-3 py-1.5 data-[selected=true]:bg-hover"
            >
              <span className="block truncate font-medium">{choice.name}</span>
              {choice.note && <span className="line-clamp-1 text-muted text-sm">{choice.note}</span>}
            </Cmdk.Item>
          ))}
          {server?.more.hasMore && (
            <Cmdk.Item
              value="more of these"
              onSelect={server.more.loadMore}
              className="cursor-pointer rounded-md px-3 py-1.5 text-muted data-[selected=true]:bg-hover"
            >
              {server.more.isLoadingMore ? "Loading more…" : "Show more"}
            </Cmdk.Item>
          )}
        </Cmdk.List>
      </Cmdk>
    </Dialog>
  );
}
