import { isLoopback } from "./host-names";

/** How the server runs: for this machine without a sign-in, with one password for all, or with an account for each. */
export type AccessMode = "alone" | "password" | "accounts";

type Given = { accounts: boolean; password: string | null };

export const accessModeOf = ({ accounts, password }: Given): AccessMode =>
  accounts ? "accounts" : password === null ? "alone" : "password";

/** Reads `MEMOIR_AUTH`; `fail` hears what is wrong. */
export function asksForAccounts(get: (name: string) => string | null, fail: (sentence: string) => never): boolean {
  const value = get("MEMOIR_AUTH");
  if (value !== null && value !== "accounts") {
    fail(
      `MEMOIR_AUTH knows one word, "accounts", for people with accounts of their own: ${value}. Leave it out to run alone, or with one password (MEMOIR_PASSWORD).`,
    );
  }
  return value === "accounts";
}

type Reach = { host: string; publicUrl: string | null; allowedHosts: string | null; trustedProxies: string | null };

/** Whether, by the settings, nobody but this machine's own people reaches the server, not even through a proxy on it. */
export function isForThisMachine({ host, publicUrl, allowedHosts, trustedProxies }: Reach): boolean {
  const isPublic = publicUrl !== null && !isLoopback(new URL(publicUrl).hostname);
  return isLoopback(host) && !isPublic && allowedHosts === null && trustedProxies === null;
}
