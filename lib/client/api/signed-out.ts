const KEY = "memoir-signed-out-at";
const AGAIN_MS = 10_000;

/** Whether an answer says that nobody is signed in: 401 alone may be a provider's, which refuses its key. */
export const isSignedOut = (status: number, header: (name: string) => string | null) =>
  status === 401 && header("www-authenticate") !== null;

/**
 * The session of this page is over: it is loaded again, and the server shows the sign-in in its place, under its own
 * address. Once in ten seconds: where pages are let in and requests are not, a page must not go round for ever.
 */
export function showSignIn(): void {
  const now = Date.now();
  try {
    if (now - Number(sessionStorage.getItem(KEY) ?? 0) < AGAIN_MS) return;
    sessionStorage.setItem(KEY, String(now));
  } catch {
    // Without storage there is no counting: the page says by itself that nobody is signed in.
    return;
  }
  window.location.reload();
}
