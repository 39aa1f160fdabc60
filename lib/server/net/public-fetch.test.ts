import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { PrivateAddressError } from "./post-public";
import { createPublicFetch } from "./public-fetch";

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fetchFor(allowPrivate: boolean) {
  const fetch = createPublicFetch({ allowPrivate });
  opened.push(() => fetch.close());
  return fetch;
}

describe("fetching from addresses on somebody's word", () => {
  it.each([
    "http://127.0.0.1:9/",
    "http://localhost:9/",
    "http://[::1]:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "http://0x7f000001:9/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
  ])("refuses %s", async (url) => {
    await expect(fetchFor(false)(url)).rejects.toBeInstanceOf(PrivateAddressError);
  });

  it.each(["file:///etc/passwd", "data:text/plain,x", "ftp://example.com/"])("refuses %s", async (url) => {
    await expect(fetchFor(true)(url)).rejects.toThrow();
  });

  it.each([
    ["GET", true],
    ["DELETE", true],
    ["POST", false],
  ])("a kept connection that was closed meanwhile: %s is sent again: %s", async (method, isSentAgain) => {
    const asked = new Map<unknown, number>();
    const url = await serve(({ socket }, response) => {
      const count = (asked.get(socket) ?? 0) + 1;
      asked.set(socket, count);
      if (count > 1) socket.destroy();
      else response.end("whole");
    });
    const fetch = fetchFor(true);
    expect(await (await fetch(url)).text()).toBe("whole");
    const again = fetch(url, { method }).then((response) => response.text());
    await (isSentAgain ? expect(again).resolves.toBe("whole") : expect(again).rejects.toThrow());
    expect(asked.size).toBe(isSentAgain ? 2 : 1);
  });

  it("sends what it is given and gives what comes back, with every header", async () => {
    const url = await serve((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        response.writeHead(201, { "x-a": ["1", "2"], "content-type": "text/plain" });
        response.end(`${request.method} ${request.url} ${request.headers["x-b"]} ${text}`);
      });
    });
    const response = await fetchFor(true)(`${url}/p?q=1`, { method: "POST", body: "größe", headers: { "x-b": "3" } });
    expect([response.status, response.headers.get("x-a"), await response.text()]).toEqual([
      201,
      "1, 2",
      "POST /p?q=1 3 größe",
    ]);
  });

  it("follows no redirect: where it leads is the caller's to judge", async () => {
    const url = await serve((_, response) => void response.writeHead(302, { location: "http://10.0.0.1/" }).end());
    const response = await fetchFor(true)(url);
    expect([response.status, response.headers.get("location")]).toEqual([302, "http://10.0.0.1/"]);
  });

  it("breaks off with the caller's signal, before an answer and within one", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/half") response.write("half");
    });
    const before = new AbortController();
    const pending = fetchFor(true)(`${url}/never`, { signal: before.signal });
    before.abort();
    await expect(pending).rejects.toThrow();
    const within = new AbortController();
    const reader = (await fetchFor(true)(`${url}/half`, { signal: within.signal })).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("half");
    within.abort();
    await expect(reader.read()).rejects.toThrow();
  });
});
