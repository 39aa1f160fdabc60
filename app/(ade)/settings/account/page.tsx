import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { AccountPage } from "@/components/access/account-page";
import { providersOf } from "@/lib/server/start/shown-providers";

export const metadata: Metadata = { title: "Account" };

/** Where people have accounts. */
export default function Account() {
  if (!globalThis.__memoir?.core.config.accounts) notFound();
  return <AccountPage providers={providersOf()} />;
}
