import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { badRequest } from "../errors";

const PRIVATE = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(address, bits, "ipv4");
}
for (const [address, bits] of [
  ["::", 128],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(address, bits, "ipv6");
}

/**
 * Lets an address pass that the server may fetch from on somebody's word: one that is on the public network, by every
 * address that its name has now.
 *
 * @throws ApiError `bad-request` for a private, local or unknown host, unless `allowPrivate` (the operator's choice).
 */
export async function requirePublicUrl(text: string, allowPrivate: boolean): Promise<void> {
  if (allowPrivate) return;
  const host = new URL(text).hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host)
    ? [host]
    : (await lookup(host, { all: true }).catch(() => [])).map((found) => found.address);
  if (addresses.length === 0) throw badRequest(`INVALID_ARGUMENT: the host ${host} is not known`);
  if (addresses.some(isPrivate)) {
    throw badRequest(
      `INVALID_ARGUMENT: ${host} is a private address. Set MEMOIR_ALLOW_PRIVATE_URLS=on to allow it, or name the endpoint in the environment.`,
    );
  }
}

/** Whether an address is not one of the public network; an IPv4 address in IPv6's clothes counts as what it is. */
export function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return PRIVATE.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}
