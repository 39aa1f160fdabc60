import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { AccountPage } from "@/components/access/account-page";

export const metadata: Metadata = { title: "Account" };

/** Where people have accounts. */
export default function Account() {
  if (!globalThis.__memoir?.core.config.accounts) notFound();
  return <AccountPage />;
}
