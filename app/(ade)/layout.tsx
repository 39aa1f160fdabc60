import { headers } from "next/headers";
import { type ReactNode, Suspense } from "react";
import { Providers } from "@/components/shell/providers";

export default async function AdeLayout({ children }: { children: ReactNode }) {
  const given = await headers();
  const nonce = given.get("x-nonce") ?? "";
  const memoir = globalThis.__memoir;
  const hasAccounts = memoir?.core.config.accounts === true;
  const permissions = hasAccounts ? await memoir.permissionsOf((name) => given.get(name)) : null;
  return (
    <Providers nonce={nonce} hasAccounts={hasAccounts} permissions={permissions}>
      <Suspense>
        <div className="flex h-dvh flex-col">{children}</div>
      </Suspense>
    </Providers>
  );
}
