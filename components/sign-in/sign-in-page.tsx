"use client";
import { ThemeProvider } from "next-themes";
import { useState } from "react";
import { SignInForm } from "./sign-in-form";

/** The one page that is there for who is not signed in. */
export function SignInPage({ nonce }: { nonce: string }) {
  // Browsers hide a nonce from scripts after they have read it: what is rendered first is the true one.
  const [ownNonce] = useState(nonce);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange nonce={ownNonce}>
      <main className="flex h-dvh flex-col items-center justify-center overflow-auto p-4">
        <div className="w-full max-w-80">
          <h1 className="mb-1 font-semibold text-xl">Memoir</h1>
          <p className="mb-4 text-muted">This server has a password. Give it to come in.</p>
          <SignInForm />
        </div>
      </main>
    </ThemeProvider>
  );
}
