"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";
import { type Permissions, PermissionsContext, usePermissions } from "@/lib/client/access/permissions";
import { ApiError } from "@/lib/client/api/api-error";
import { useEvents } from "@/lib/client/run/use-events";
import { AccountsContext } from "./access-mode";
import { CommandPalette } from "./command-palette";
import { NonceContext } from "./nonce";
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

type ProvidersProps = { nonce: string; hasAccounts: boolean; permissions: Permissions | null; children: ReactNode };

/** What every page stands in, with the nonce that style elements need which are made in the browser: server state, events, theme, keys, the palette. */
export function Providers({ nonce, hasAccounts, permissions, children }: ProvidersProps) {
  const [client] = useState(createQueryClient);
  // Browsers hide a nonce from scripts after they have read it: what is rendered first is the true one.
  const [ownNonce] = useState(nonce);
  setNonce(ownNonce);
  return (
    <QueryClientProvider client={client}>
      <NonceContext value={ownNonce}>
        <AccountsContext value={hasAccounts}>
          <PermissionsProvider initial={permissions}>
            <ThemeProvider
              attribute="class"
              defaultTheme="system"
              enableSystem
              disableTransitionOnChange
              nonce={ownNonce}
            >
              <ShortcutsProvider>
                <Events />
                {children}
                <CommandPalette />
              </ShortcutsProvider>
            </ThemeProvider>
          </PermissionsProvider>
        </AccountsContext>
      </NonceContext>
    </QueryClientProvider>
  );
}

function PermissionsProvider({ initial, children }: { initial: Permissions | null; children: ReactNode }) {
  return <PermissionsContext value={usePermissions(initial)}>{children}</PermissionsContext>;
}

function Events() {
  useEvents();
  return null;
}
