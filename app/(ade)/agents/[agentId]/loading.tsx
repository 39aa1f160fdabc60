import { AppHeader } from "@/components/shell/app-header";
import { SkeletonRows } from "@/components/ui/skeleton";

/** The shape of the workbench. */
export default function Loading() {
  return (
    <>
      <AppHeader compact />
      <main className="min-h-0 flex-1">
        <SkeletonRows rows={12} label="Loading the agent" />
      </main>
    </>
  );
}
