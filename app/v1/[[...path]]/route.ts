/** The REST API inside Next, for hosts that have no server of their own (see `lib/server/start/serve.ts` for the other way). */
function handle(request: Request): Response | Promise<Response> {
  const memoir = globalThis.__memoir;
  if (!memoir) return Response.json({ detail: "The server is still starting" }, { status: 503 });
  return memoir.fetch(request);
}

export const dynamic = "force-dynamic";
export { handle as DELETE, handle as GET, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
