import type { Core } from "../core/core";

const GROUPS = /.{4}/g;
const LENGTH = 20;

/**
 * What a person gives who makes the first account from another machine, to show that the server is theirs: it is printed
 * at its start, the same on every server of one key, and good until there is an account. 80 bits.
 */
export function setUpCode(core: Core): string {
  return core.vault.derive("first-account-code").slice(0, LENGTH).toUpperCase().match(GROUPS)!.join("-");
}

/** Capital or small, with or without what stands between. */
export const plainCode = (text: string): string => text.toUpperCase().replaceAll(/[^0-9A-F]/g, "");
