import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Machines of a cloud's own that its guests reach at an address which looks like anybody's: Azure's. */
const OF_A_CLOUD = new Set(["168.63.129.16"]);

/** Names that never mean a machine of the public network (RFC 6761, 6762, 8375; `.internal` by ICANN), or a cloud's own. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|home\.arpa|localdomain)$|^(metadata|instance-data)$/;

/** A host as an address of the URL has it, without brackets and a last dot. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** Whether a name is one of this machine, of its own network or of its cloud, whatever addresses it has. */
export const isLocalName = (host: string): boolean => LOCAL_NAME.test(host.toLowerCase().replace(/\.$/, ""));

/** Whether what stands in a URL is, by itself, not of the public network: a private address, or a name of such. */
export const isPrivateHost = (host: string): boolean => (isIP(host) ? isPrivate(host) : isLocalName(host));

/**
 * Whether an address is not one of the public network: of the machine, of its networks, of its cloud, or of none. An IPv4
 * address in IPv6's clothes (mapped, or behind NAT64) counts as what it is; tunnels, which lead somewhere else than they
 * say (6to4, Teredo, ISATAP), and what is not an address at all, are never public.
 */
export function isPrivate(address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  const family = isIP(plain);
  if (family === 0) return true;
  return family === 4 ? isPrivate4(ipaddr.IPv4.parse(plain)) : isPrivate6(parse6(plain));
}

const isPrivate4 = (address: ipaddr.IPv4): boolean =>
  address.range() !== "unicast" || OF_A_CLOUD.has(address.toString());

/** The only part of IPv6 that is given out as public (RFC 4291). */
const GLOBAL = ipaddr.IPv6.parseCIDR("2000::/3");
const MAPPED = ipaddr.IPv6.parseCIDR("::ffff:0:0/96");
/** The well-known prefix of NAT64 (RFC 6052): where only it is there, every IPv4 host has such an address. */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
/** The middle of an address of ISATAP (RFC 5214), which ends with an IPv4 address. */
const ISATAP = 0x5efe;

function isPrivate6(address: ipaddr.IPv6): boolean {
  if (address.match(MAPPED) || address.match(NAT64)) return isPrivate4(lastFour(address));
  if (!address.match(GLOBAL) || address.range() !== "unicast") return true;
  return address.parts[5] === ISATAP && (address.parts[4]! & ~0x0200) === 0;
}

const lastFour = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(12));

/** By the form that the web has for it, because the library takes `::1.2.3.4` for `::ffff:1.2.3.4`. */
function parse6(text: string): ipaddr.IPv6 {
  return ipaddr.IPv6.parse(new URL(`http://[${text}]`).hostname.slice(1, -1));
}
