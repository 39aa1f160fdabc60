import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { EntryFrame } from "@/components/entry/entry-frame";
import { Join } from "@/components/entry/join";
import { providersOf } from "@/lib/server/start/shown-providers";

export const metadata: Metadata = { title: "Join", referrer: "no-referrer" };

/** There for who has the link, signed in or not (see `proxy.ts`), where people have accounts. */
export default async function JoinPage() {
  if (!globalThis.__memoir?.core.config.accounts) notFound();
  const nonce = (await headers()).get("x-nonce") ?? "";
  return (
    <EntryFrame nonce={nonce}>
      <Join providers={providersOf()} />
    </EntryFrame>
  );
}
