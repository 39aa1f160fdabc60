"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import type { Operation } from "@/lib/client/api/code";
import { useHasAccounts } from "../shell/access-mode";
import { AppHeader } from "../shell/app-header";

/** Members and accounts are where people have accounts. */
const PAGES = [
  { href: "/settings", name: "Server", ofAccounts: false },
  { href: "/settings/members", name: "Members", ofAccounts: true },
  { href: "/settings/account", name: "Account", ofAccounts: true },
  { href: "/settings/audit", name: "Audit", ofAccounts: false },
];

type FrameProps = { title: string; code: readonly Operation[]; children: ReactNode };

/** What the pages of settings stand in, with the way to each other. */
export function SettingsFrame({ title, code, children }: FrameProps) {
  const path = usePathname();
  const hasAccounts = useHasAccounts();
  return (
    <>
      <AppHeader code={code} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <div className="mx-auto flex max-w-3xl flex-col gap-6 p-3 sm:p-6">
          <h1 className="font-semibold text-xl">{title}</h1>
          <nav aria-label="Settings" className="-mt-3 flex gap-1 border-line border-b">
            {PAGES.filter(({ ofAccounts }) => hasAccounts || !ofAccounts).map(({ href, name }) => (
              <Link
                key={href}
                href={href}
                aria-current={path === href ? "page" : undefined}
                className="-mb-px border-transparent border-b-2 px-2 py-1.5 text-muted hover:text-foreground aria-[current=page]:border-accent aria-[current=page]:text-foreground"
              >
                {name}
              </Link>
            ))}
          </nav>
          {children}
        </div>
      </main>
    </>
  );
}

/** A part of such a page. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-medium text-lg">{title}</h2>
      {children}
    </section>
  );
}
