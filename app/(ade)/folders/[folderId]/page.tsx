import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { FolderPage } from "@/components/folder/folder-page";
import { folderQuery } from "@/lib/client/folder/folder-queries";

type Props = { params: Promise<{ folderId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { folderId } = await params;
  return { title: (await nameOf(folderQuery(folderId))) ?? "Folder" };
}

export default async function Folder({ params }: Props) {
  const { folderId } = await params;
  return (
    <FirstData asks={[folderQuery(folderId)]}>
      <FolderPage key={folderId} folderId={folderId} />
    </FirstData>
  );
}
