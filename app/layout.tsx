import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { connection } from "next/server";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Memoir", template: "%s · Memoir" },
  description: "What an agent remembers, who wrote it, and what the model was shown.",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1 };

/** Each page is made for its request: only so do its scripts carry the nonce of its policy (`proxy.ts`). */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection();
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body>{children}</body>
    </html>
  );
}
