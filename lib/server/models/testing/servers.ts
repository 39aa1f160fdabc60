import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type AskedOf = { method: string; path: string; headers: Record<string, unknown>; body: unknown };

/** What a server has, by path with its query: a body, or what makes one of the request. Anything else is a 404. */
export type Routes = Record<string, unknown | ((asked: AskedOf) => unknown)>;

export type FakeServer = {
  /** Without a path. */
  url: string;
  asked: AskedOf[];
  routes: Routes;
  close(): Promise<void>;
};

/** A server of models on a real port that knows some paths, and says of all others that it does not. */
export async function startServer(routes: Routes = {}): Promise<FakeServer> {
  const asked: AskedOf[] = [];
  const fake: FakeServer = {
    url: "",
    asked,
    routes,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = request.url ?? "/";
    const one = {
      method: request.method ?? "GET",
      path,
      headers: request.headers,
      body: text ? JSON.parse(text) : null,
    };
    asked.push(one);
    const key = path in fake.routes ? path : path.replace(/\?.*$/, "");
    const answer = Object.hasOwn(fake.routes, key) ? fake.routes[key] : undefined;
    const body = typeof answer === "function" ? (answer as (asked: AskedOf) => unknown)(one) : answer;
    response.setHeader("content-type", typeof body === "string" ? "text/event-stream" : "application/json");
    if (body === undefined) response.statusCode = 404;
    response.end(typeof body === "string" ? body : JSON.stringify(body ?? { error: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

/** An answer of chat completions as a stream. */
export function streamed(...chunks: object[]): string {
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"].join("");
}
