import type { Metadata } from "next";
import { FoldersPage } from "@/components/folder/folders-page";

export const metadata: Metadata = { title: "Folders" };

export default function Folders() {
  return <FoldersPage />;
}
