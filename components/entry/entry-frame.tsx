"use client";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";

/** What the pages stand in that are there for who is not signed in. */
export function EntryFrame({ nonce, children }: { nonce: string; children: ReactNode }) {
  // Browsers hide a nonce from scripts after they have read it: what is rendered first is the true one.
  const [ownNonce] = useState(nonce);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange nonce={ownNonce}>
      <main className="flex h-dvh flex-col items-center overflow-auto p-4">
        <div className="my-auto w-full max-w-80">
          <h1 className="mb-1 font-semibold text-xl">Memoir</h1>
          {children}
        </div>
      </main>
    </ThemeProvider>
  );
}
