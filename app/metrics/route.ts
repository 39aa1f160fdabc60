export function GET(request: Request): Response | Promise<Response> {
  return (
    globalThis.__memoir?.fetch(request) ?? Response.json({ detail: "The server is still starting" }, { status: 503 })
  );
}

export const dynamic = "force-dynamic";
