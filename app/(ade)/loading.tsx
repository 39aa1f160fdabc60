import { AppHeader } from "@/components/shell/app-header";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

/** The shape of a list's page. */
export default function Loading() {
  return (
    <>
      <AppHeader />
      <main className="min-h-0 flex-1">
        <div className="mx-auto flex max-w-5xl flex-col gap-3 p-3 sm:p-6">
          <Skeleton className="h-7 w-40" />
          <SkeletonRows rows={9} label="Loading the page" />
        </div>
      </main>
    </>
  );
}
