import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { raw } from "../support/raw-http";
import { startServer, type TestServer } from "../support/server";

let server: TestServer;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startServer({
    environment: {
      MEMOIR_HEADERS_TIMEOUT_MS: "1500",
      MEMOIR_BODY_TIMEOUT_MS: "1500",
      MEMOIR_BODY_BYTES_PER_SECOND: "1000",
    },
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server?.stop();
});

/** A connection that says this first, and then a piece every `everyMs`; what came back when it was closed. */
function speak(first: string, piece = "", everyMs = 200): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(first));
    sockets.push(socket);
    const timer = piece === "" ? undefined : setInterval(() => socket.write(piece), everyMs);
    socket.on("data", (chunk) => (said += chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(timer);
      resolve(said);
    });
  });
}

const POST = "POST /v1/agents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const AGENT = JSON.stringify({ model: "memoir/demo", include_base_tools: false, description: "x".repeat(6000) });

it("connections whose headers don't come, or come a byte at a time, are ended", async () => {
  const ends = await Promise.all([
    speak(""),
    speak("GET /v1/hea"),
    speak("GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "y"),
  ]);
  for (const said of ends) expect(said === "" || said.includes(" 408 ")).toBe(true);
});

it("bodies that don't come, or come a byte at a time, are ended with a sentence, in chunks too", async () => {
  const ends = await Promise.all([
    speak(`${POST}Content-Length: 5000\r\n\r\n{`),
    speak(`${POST}Content-Length: 5000\r\n\r\n{`, " "),
    speak(`${POST}Transfer-Encoding: chunked\r\n\r\n`, "1\r\n \r\n"),
    speak(
      "POST /v1/agents/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 999\r\n\r\n--b",
      "-",
    ),
    // Nobody reads this one.
    speak("POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n", "x"),
  ]);
  for (const said of ends.slice(0, 4))
    expect(said).toMatch(/^HTTP\/1\.1 408 [\s\S]*x-request-id: [\s\S]*did not come in time/);
  expect(ends[4]).toMatch(/^HTTP\/1\.1 404 /);
  expect(server.output()).not.toMatch(/"level":"error"/);
});

it("a body over a slow line is taken, however long it is on its way", async () => {
  const piece = AGENT.slice(0, 600);
  const pieces = [...AGENT.matchAll(/[\s\S]{1,600}/g)].map(([text]) => text);
  expect(piece).toBe(pieces[0]);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    sockets.push(socket);
    socket.write(`${POST}Content-Length: ${AGENT.length}\r\nConnection: close\r\n\r\n`);
    const timer = setInterval(() => {
      const next = pieces.shift();
      if (next) socket.write(next);
      else clearInterval(timer);
    }, 300);
    let said = "";
    socket.on("data", (chunk) => (said += chunk));
    socket.on("close", () => resolve(said));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

it("a stream of events is not cut, also where its request had a body, and the server answers others meanwhile", async () => {
  const open = async (path: string, init?: RequestInit) => {
    const response = await fetch(server.url + path, init);
    const reader = response.body!.getReader();
    await reader.read();
    return reader;
  };
  const reader = await open("/v1/events");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const next = reader.read();
  const made = await raw(`${server.url}/v1/agents`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: AGENT,
  });
  expect(made.status).toBe(200);
  expect(new TextDecoder().decode((await next).value)).toContain("agent");
  await reader.cancel();
});
