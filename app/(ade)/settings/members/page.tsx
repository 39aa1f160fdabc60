import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { MembersPage } from "@/components/access/members-page";

export const metadata: Metadata = { title: "Members" };

/** Where people have accounts. */
export default function Members() {
  if (!globalThis.__memoir?.core.config.accounts) notFound();
  return <MembersPage />;
}
