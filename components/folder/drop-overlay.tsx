import type { ReactNode } from "react";

/** Over the whole page while files are held over it: what would become of them. */
export function DropOverlay({ shown, children }: { shown: boolean; children: ReactNode }) {
  if (!shown) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 p-3">
      <div className="flex h-full items-center justify-center rounded-lg border-2 border-files border-dashed bg-background/85 p-6 text-center font-medium text-lg">
        {children}
      </div>
    </div>
  );
}
