/** The canonical form of every address of this machine alone, version 4. */
const LOOPBACK_ADDRESS = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

const HOST_HEADER = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * A `Host` header as a URL would have it, addresses in their canonical form, without a name's last dot.
 *
 * @returns null for what is no host.
 */
export function parseHost(header: string): { name: string; url: URL } | null {
  if (!HOST_HEADER.test(header)) return null;
  const dotless = header.replace(/\.(?=:\d+$|$)/, "");
  const text = `http://${dotless}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return { name: url.hostname, url };
}

/**
 * Whether a name means this machine wherever it is looked up: nobody can register one below `localhost` (RFC 6761), so
 * that no name server can lead a foreign page here by it.
 */
export function isLoopback(name: string): boolean {
  const plain = name.toLowerCase().replace(/^\[|\]$/g, "");
  return plain === "localhost" || plain.endsWith(".localhost") || plain === "::1" || LOOPBACK_ADDRESS.test(plain);
}

/** Whether a canonical name is an address: no name server has a say in where it leads. */
export function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
