/** Browsers take a cookie of the first name only over https, for this very host: no page of a neighbour's can set it. */
const NAMES = ["__Host-memoir-session", "memoir-session"] as const;

/** The token of the session that a browser sends along; null for none. */
export function readSessionCookie(header: string | null | undefined): string | null {
  const pairs = (header ?? "").split(/; */).map((pair) => pair.split("=", 2) as [string, string?]);
  for (const name of NAMES) {
    const value = pairs.find(([one]) => one === name)?.[1];
    if (value) return value;
  }
  return null;
}

export type CookiePlace = { isHttps: boolean; publicUrl: string | null };

/** Sets the cookie, for so long as a session may last; scripts don't see it, and other sites' pages don't send it along. */
export function sessionCookie(token: string, place: CookiePlace, longestMs: number): string {
  const isSecure = place.isHttps || isHttpsUrl(place.publicUrl);
  const name = place.isHttps ? NAMES[0] : NAMES[1];
  const attributes = `Path=/; Max-Age=${Math.floor(longestMs / 1000)}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
  return `${name}=${token}; ${attributes}`;
}

/** A cookie of another name that is kept as the session's is: for this host alone, hidden from scripts. Without a life it ends. */
export function keptCookie(name: string, value: string, place: CookiePlace, lifeMs: number): string {
  const isSecure = place.isHttps || isHttpsUrl(place.publicUrl);
  const attributes = `Path=/; Max-Age=${Math.floor(lifeMs / 1000)}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
  return `${isSecure ? `__Host-${name}` : name}=${value}; ${attributes}`;
}

/** The value of such a cookie; null for none. */
export function readKeptCookie(name: string, header: string | null | undefined): string | null {
  const pairs = (header ?? "")
    .split(/; */)
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  for (const one of [`__Host-${name}`, name]) {
    const value = pairs.find(([key]) => key === one)?.[1];
    if (value) return value;
  }
  return null;
}

/** Takes the cookie away, under each of its names. */
export function endedCookies(place: CookiePlace): string[] {
  const plain = place.isHttps || isHttpsUrl(place.publicUrl) ? "; Secure" : "";
  return NAMES.map((name, i) => `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${i === 0 ? "; Secure" : plain}`);
}

const isHttpsUrl = (url: string | null) => url !== null && new URL(url).protocol === "https:";

/** Whether a browser came by https, as far as it can be known behind a proxy: its page says so, or the proxy does. */
export function cameByHttps(header: (name: string) => string | null | undefined): boolean {
  const origin = header("origin");
  if (origin && URL.canParse(origin)) return new URL(origin).protocol === "https:";
  return header("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
}
