import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCore, type TestCore } from "../testing/harness";
import { createApp } from "./app";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

test("an answer in JSON is compressed for who takes it so, and events are not", async () => {
  const app = createApp(t.core);
  const ask = (path: string, encoding: string) => app.request(path, { headers: { "accept-encoding": encoding } });
  const plain = await ask("/v1/tools/?limit=100", "identity");
  expect(plain.headers.get("content-encoding")).toBeNull();
  const packed = await ask("/v1/tools/?limit=100", "br, gzip");
  expect([packed.headers.get("content-encoding"), packed.headers.get("vary")]).toEqual([
    "gzip",
    expect.stringContaining("Accept-Encoding"),
  ]);
  const bytes = Buffer.from(await packed.arrayBuffer());
  const text = await plain.text();
  expect(bytes.length).toBeLessThan(text.length / 3);
  expect(gunzipSync(bytes).toString()).toBe(text);
  const events = await ask("/v1/events", "gzip");
  expect([events.headers.get("content-type"), events.headers.get("content-encoding")]).toEqual([
    "text/event-stream",
    null,
  ]);
  await events.body?.cancel();
});
