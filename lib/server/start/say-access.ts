import type { Config } from "../config/env";
import { isLoopback } from "../config/host-names";

/** In one sentence, which of the ways of running this is: who gets in, and how. */
export function sayAccess({ accounts, password, host, publicUrl }: Config): string {
  if (password === null && !accounts) {
    return "It runs alone: only this machine reaches it, and nobody has to sign in. To open it to others, set HOST and MEMOIR_PASSWORD, or MEMOIR_AUTH=accounts.";
  }
  const who = isLoopback(host) ? "this machine, or a proxy on it, reaches it" : "other machines reach it";
  const isEncrypted = isLoopback(host) || (publicUrl !== null && new URL(publicUrl).protocol === "https:");
  const advice = isEncrypted
    ? ""
    : " Put a proxy with TLS before it: over plain http passwords can be read on their way.";
  if (accounts) {
    const programs = password === null ? "" : ", and programs may send the server's password as a bearer";
    return `It runs with accounts: ${who}; people sign in with an email and a password${programs}.${advice}`;
  }
  return `It runs with one password: ${who}; pages ask for it, and programs send it as a bearer.${advice}`;
}
