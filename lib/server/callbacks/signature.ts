import { createHmac } from "node:crypto";
import type { Core } from "../core/core";

export const SIGNATURE_HEADER = "x-memoir-signature";

/** What callbacks are signed with. It follows from the key of the data folder, so that a restart does not change it. */
export function callbackSecret(core: Pick<Core, "vault">): string {
  return core.vault.derive("callback-signature");
}

/**
 * The value of the signature's header: `t=<unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA256, keyed with the secret's
 * text, of `<t>.<body>`.
 */
export function signature(secret: string, unixS: number, body: string): string {
  return `t=${unixS},v1=${createHmac("sha256", secret).update(`${unixS}.${body}`).digest("hex")}`;
}
