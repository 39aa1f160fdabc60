import { headers } from "next/headers";
import { type ReactNode, Suspense } from "react";
import { Providers } from "@/components/shell/providers";

export default async function AdeLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? "";
  return (
    <Providers nonce={nonce} hasAccounts={globalThis.__memoir?.core.config.accounts === true}>
      <Suspense>
        <div className="flex h-dvh flex-col">{children}</div>
      </Suspense>
    </Providers>
  );
}
