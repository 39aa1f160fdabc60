import { type ReactNode, Suspense } from "react";
import { Providers } from "@/components/shell/providers";

export default function AdeLayout({ children }: { children: ReactNode }) {
  return (
    <Providers>
      <Suspense>
        <div className="flex h-dvh flex-col">{children}</div>
      </Suspense>
    </Providers>
  );
}
