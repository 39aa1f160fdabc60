import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { FoldersPage } from "@/components/folder/folders-page";
import { foldersQuery } from "@/lib/client/folder/folder-queries";

export const metadata: Metadata = { title: "Folders" };

export default function Folders() {
  return (
    <FirstData asks={[foldersQuery()]}>
      <FoldersPage />
    </FirstData>
  );
}
