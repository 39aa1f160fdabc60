"use client";
import { Command as Cmdk } from "cmdk";
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
};

/** One of many, found by typing. */
export function Picker({ title, open, onOpenChange, choices, error, empty, onPick }: PickerProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      <Cmdk label={title} loop>
        <Cmdk.Input placeholder="Name…" className="h-10 w-full border-line border-b bg-transparent px-4 outline-none" />
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
        </Cmdk.List>
      </Cmdk>
    </Dialog>
  );
}
