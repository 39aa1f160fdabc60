import type { Metadata } from "next";
import { headers } from "next/headers";
import { EntryFrame } from "@/components/entry/entry-frame";
import { FirstAccount } from "@/components/entry/first-account";
import { AccountSignIn, PasswordSignIn } from "@/components/entry/sign-in-form";
import { providersOf } from "@/lib/server/start/shown-providers";

export async function generateMetadata(): Promise<Metadata> {
  const isFirst = (await globalThis.__memoir?.entrance()) === "first-account";
  return { title: isFirst ? "Make the first account" : "Sign in" };
}

/** Shown in place of every page to who is not signed in (see `proxy.ts`): it stands in none of the other pages' frames. */
export default async function SignIn({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { problem } = await searchParams;
  const nonce = (await headers()).get("x-nonce") ?? "";
  const entrance = (await globalThis.__memoir?.entrance()) ?? "password";
  const needsCode = globalThis.__memoir?.core.config.localOnly === false;
  return (
    <EntryFrame nonce={nonce}>
      {entrance === "password" ? (
        <PasswordSignIn />
      ) : entrance === "account" ? (
        <AccountSignIn providers={providersOf()} problem={typeof problem === "string" ? problem : null} />
      ) : (
        <FirstAccount needsCode={needsCode} />
      )}
    </EntryFrame>
  );
}
