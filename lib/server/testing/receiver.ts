import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Received = { path: string; headers: Record<string, string | undefined>; text: string };

export type Receiver = {
  /** Without a path. */
  url: string;
  /** What has come, in order. */
  received: Received[];
  /** What is answered, in order; afterwards 200. `hang` never answers; a text is a redirect to it. */
  push(...answers: (number | "hang" | string)[]): void;
  /** Forgets what has come and what was to be answered. */
  reset(): void;
  close(): Promise<void>;
};

/** A server on the loopback that takes what is posted to it. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const queue: (number | string)[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : value]),
    );
    received.push({ path: request.url ?? "", headers, text });
    const answer = queue.shift() ?? 200;
    if (answer === "hang") return;
    if (typeof answer === "string") response.writeHead(307, { location: answer }).end();
    else response.writeHead(answer).end("thank you");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    push: (...answers) => void queue.push(...answers),
    reset() {
      received.length = 0;
      queue.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
