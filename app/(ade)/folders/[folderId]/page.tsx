import { FolderPage } from "@/components/folder/folder-page";

export default async function Folder({ params }: { params: Promise<{ folderId: string }> }) {
  const { folderId } = await params;
  return <FolderPage key={folderId} folderId={folderId} />;
}
