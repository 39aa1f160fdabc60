import type { Metadata } from "next";
import { headers } from "next/headers";
import { SignInPage } from "@/components/sign-in/sign-in-page";

export const metadata: Metadata = { title: "Sign in" };

/** Shown in place of every page to who is not signed in (see `proxy.ts`): it stands in none of the other pages' frames. */
export default async function SignIn() {
  const nonce = (await headers()).get("x-nonce") ?? "";
  return <SignInPage nonce={nonce} />;
}
