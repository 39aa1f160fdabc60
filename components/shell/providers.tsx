"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";
import { ApiError } from "@/lib/client/api-error";
import { useEvents } from "@/lib/client/use-events";
import { CommandPalette } from "./command-palette";
import { ShortcutsProvider } from "./shortcuts";

const TRIES = 2;

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // A refusal stays a refusal; only a server that did not answer, or failed, is asked again.
        retry: (count, error) =>
          count < TRIES && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: 400,
      },
    },
  });
}

/** What every page stands in: server state, events, theme, keys, the palette. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
        <ShortcutsProvider>
          <Events />
          {children}
          <CommandPalette />
        </ShortcutsProvider>
      </ThemeProvider>
    </QueryClientProvider>
  );
}

function Events() {
  useEvents();
  return null;
}
