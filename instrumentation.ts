/** Hosts that run Next alone, without the server of `npm start`, open the core here; that server has opened it already. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || globalThis.__memoir) return;
  const { openForNext } = await import("@/lib/server/start/open-for-next");
  await openForNext();
}
