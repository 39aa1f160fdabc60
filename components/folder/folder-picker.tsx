"use client";
import { useQuery } from "@tanstack/react-query";
import { foldersQuery } from "@/lib/client/folder/folder-queries";
import { Picker } from "./picker";

type FolderPickerProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  without: readonly string[];
  onPick: (folderId: string) => void;
};

/** Every folder but some. */
export function FolderPicker({ open, onOpenChange, without, onPick }: FolderPickerProps) {
  const folders = useQuery({ ...foldersQuery(), enabled: open });
  return (
    <Picker
      title="Attach a folder"
      open={open}
      onOpenChange={onOpenChange}
      onPick={onPick}
      error={folders.error}
      empty="No other folder. Make one on the Folders page."
      choices={folders.data
        ?.filter((folder) => !without.includes(folder.id))
        .map(({ id, name, description }) => ({ id, name, note: description }))}
    />
  );
}
