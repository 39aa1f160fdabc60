import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { EntryFrame } from "@/components/entry/entry-frame";
import { ResetPassword } from "@/components/entry/reset-password";

export const metadata: Metadata = { title: "Set a new password", referrer: "no-referrer" };

/** There for who has the link, signed in or not (see `proxy.ts`), where people have accounts. */
export default async function ResetPasswordPage() {
  if (!globalThis.__memoir?.core.config.accounts) notFound();
  const nonce = (await headers()).get("x-nonce") ?? "";
  return (
    <EntryFrame nonce={nonce}>
      <ResetPassword />
    </EntryFrame>
  );
}
