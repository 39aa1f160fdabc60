import { BlockList, isIP } from "node:net";
import { hostname } from "node:os";
import { isLoopback } from "./host-names";

/** Who may reach this server through a browser, and by which names. */
export type DoorSettings = {
  /** Names that requests may call this server by, beside those of loopback: `*.x` for all names below x, `*` for any. */
  hosts: readonly string[];
  /** Whether any IP address will do as a name: where other machines reach this server, by a password or accounts. */
  anyAddress: boolean;
  /** Origins, beside its own, whose pages may ask; `*` for any. */
  origins: readonly string[];
  /** Where browsers reach this server: its scheme and host. */
  publicOrigin: string | null;
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: BlockList;
};

type Given = {
  get: (name: string) => string | null;
  host: string;
  /** By a password, or accounts. */
  isGuarded: boolean;
  publicUrl: string | null;
  fail: (sentence: string) => never;
};

/** Reads `MEMOIR_ALLOWED_HOSTS`, `MEMOIR_ALLOWED_ORIGINS` and `MEMOIR_TRUSTED_PROXIES`; `fail` hears what is wrong. */
export function doorSettings({ get, host, isGuarded, publicUrl, fail }: Given): DoorSettings {
  const isLocal = isLoopback(host);
  const hosts = listOf(get("MEMOIR_ALLOWED_HOSTS")).map((name) => name.toLowerCase());
  const origins = listOf(get("MEMOIR_ALLOWED_ORIGINS"));
  for (const name of hosts) {
    if (!/^(\*|(\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/.test(name)) {
      fail(`MEMOIR_ALLOWED_HOSTS has host names without scheme and port, as "memoir.example.com": ${name}`);
    }
  }
  for (const [setting, list] of [
    ["MEMOIR_ALLOWED_HOSTS", hosts],
    ["MEMOIR_ALLOWED_ORIGINS", origins],
  ] as const) {
    if (list.includes("*") && !isGuarded) {
      fail(`${setting}=* would let any web page use this server: name them, or set MEMOIR_PASSWORD.`);
    }
  }
  return {
    hosts: namesOf({ hosts, host, isLocal, isOpen: isGuarded && hosts.length === 0 && publicUrl === null }),
    anyAddress: !isLocal,
    origins: origins.map((text) => originOf(text, fail)),
    publicOrigin: publicUrl && new URL(publicUrl).origin,
    trustedProxies: blockListOf(listOf(get("MEMOIR_TRUSTED_PROXIES")), fail),
  };
}

/**
 * With a password or accounts, and where no name was given, any name will do: a page that has led a name of its own here
 * gets nothing without them, and proxies and containers call a server by names that it can't know.
 */
function namesOf({
  hosts,
  host,
  isLocal,
  isOpen,
}: Record<"isLocal" | "isOpen", boolean> & { hosts: string[]; host: string }) {
  if (isOpen) return ["*"];
  return isLocal ? hosts : [...hosts, host.toLowerCase(), hostname().toLowerCase()];
}

const listOf = (text: string | null) => (text ?? "").split(/[\s,]+/).filter(Boolean);

/** As browsers write it. Those of extensions and apps (`app://x`) have no form of their own. */
function originOf(text: string, fail: Given["fail"]): string {
  if (text === "*") return text;
  if (!URL.canParse(text) || text === "null") {
    fail(`MEMOIR_ALLOWED_ORIGINS has origins as browsers send them, as "https://app.example.com": ${text}`);
  }
  const { origin } = new URL(text);
  return origin === "null" ? text : origin;
}

function blockListOf(entries: readonly string[], fail: Given["fail"]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.toLowerCase() === "loopback" ? ["127.0.0.0", "8"] : entry.split("/");
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const size = bits === undefined ? most : Number(bits);
    if (version === 0 || !Number.isInteger(size) || size < 0 || size > most) {
      fail(`MEMOIR_TRUSTED_PROXIES has addresses and networks, as "10.0.0.0/8, 127.0.0.1": ${entry}`);
    }
    list.addSubnet(address, size, version === 6 ? "ipv6" : "ipv4");
    if (entry.toLowerCase() === "loopback") list.addAddress("::1", "ipv6");
  }
  return list;
}
