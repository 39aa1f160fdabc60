import { describe, expect, test } from "vitest";
import { REQUEST_LIMITS } from "@/lib/api/limits";
import { readForm } from "./form";

const MAX_BYTES = 1_000_000;
const TYPE = "multipart/form-data; boundary=edge";

/** A request whose body comes in chunks of so many bytes. */
function requestOf(bytes: Uint8Array, type: string, size = bytes.length || 1): Request {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + size));
      at += size;
    },
  });
  return new Request("http://x/", {
    method: "POST",
    headers: { "content-type": type },
    body,
    duplex: "half",
  } as RequestInit);
}

const textOf = (body: string, size?: number) => requestOf(Buffer.from(body), TYPE, size);
const part = (head: string, body: string) => `--edge\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const shown = (form: Record<string, unknown>) =>
  JSON.parse(JSON.stringify(form, (_key, value) => (value instanceof Uint8Array ? [...value] : value)));

/** What browsers and clients send, as they write it. */
async function sent(form: FormData): Promise<{ bytes: Uint8Array; type: string }> {
  const request = new Request("http://x/", { method: "POST", body: form });
  return { type: request.headers.get("content-type")!, bytes: new Uint8Array(await request.arrayBuffer()) };
}

describe("a form", () => {
  test("is read the same in whatever chunks it comes: texts, files, lists, names of every kind", async () => {
    const form = new FormData();
    form.append("text", "größe\r\n--edge\r\n");
    form.append("empty", "");
    form.append("list[]", "one");
    form.append("twice", "1");
    form.append("twice", "2");
    form.append("__proto__", "no prototype");
    form.append("file", new File([new Uint8Array([0, 13, 10, 45, 45, 255, 0])], 'a "quoted" ü.bin', { type: "x/y" }));
    form.append("file2", new File(["x"], "C:\\docs\\b.txt"));
    form.append("none", new File([], "c/d.md", { type: "text/markdown" }));
    const { bytes, type } = await sent(form);
    const whole = await readForm(requestOf(bytes, type), MAX_BYTES);
    expect(shown(whole)).toEqual(
      Object.fromEntries([
        ["text", "größe\r\n--edge\r\n"],
        ["empty", ""],
        ["list", ["one"]],
        ["twice", ["1", "2"]],
        ["__proto__", "no prototype"],
        ["file", { name: 'a "quoted" ü.bin', type: "x/y", bytes: [0, 13, 10, 45, 45, 255, 0] }],
        ["file2", { name: "b.txt", type: "application/octet-stream", bytes: [120] }],
        ["none", { name: "d.md", type: "text/markdown", bytes: [] }],
      ]),
    );
    for (const size of [1, 2, 3, 7, 64]) {
      expect(shown(await readForm(requestOf(bytes, type, size), MAX_BYTES))).toEqual(shown(whole));
    }
  });

  test("a text is as long as it is", async () => {
    const long = "x".repeat(3_000_000);
    const form = new FormData();
    form.append("text", long);
    const { bytes, type } = await sent(form);
    expect((await readForm(requestOf(bytes, type, 65_536), 4_000_000)).text).toBe(long);
  });

  test("that is cut off anywhere is refused, and nobody waits for its rest", async () => {
    const body = `${part('name="a"', "1")}${part('name="f"; filename="f.txt"', "file")}--edge--\r\n`;
    expect(Object.keys(await readForm(textOf(body), MAX_BYTES))).toEqual(["a", "f"]);
    const end = body.lastIndexOf("--edge--") + "--edge--".length;
    for (let at = 0; at < end; at++) {
      const answer = await readForm(textOf(body.slice(0, at), 5), MAX_BYTES).catch((error: { code?: string }) => error);
      expect([at, (answer as { code?: string }).code]).toEqual([at, "invalid"]);
    }
  });

  test.each([
    ["no boundary", "multipart/form-data", part('name="a"', "1")],
    ["another boundary", "multipart/form-data; boundary=other", `${part('name="a"', "1")}--edge--`],
    ["nothing", TYPE, ""],
    ["no form at all", TYPE, "hello".repeat(1000)],
    ["a header without an end", TYPE, `--edge\r\nContent-Disposition: form-data; name="a"${"x".repeat(200_000)}`],
    ["more fields than anybody sends", TYPE, `${part('name="a"', "1").repeat(REQUEST_LIMITS.fields + 1)}--edge--\r\n`],
  ])("with %s is refused", async (_what, type, body) => {
    for (const size of [undefined, 1000]) {
      await expect(readForm(requestOf(Buffer.from(body), type, size), MAX_BYTES)).rejects.toMatchObject({
        code: "invalid",
        detail: expect.stringMatching(/multipart\/form-data|at most/),
      });
    }
  });

  test("of another kind is 415, and one that is too large 413, to its end", async () => {
    await expect(readForm(requestOf(Buffer.from("{}"), "application/json"), 10)).rejects.toMatchObject({
      code: "unsupported-type",
    });
    const body = `${part('name="f"; filename="f.txt"', "x".repeat(5000))}--edge--\r\n`;
    await expect(readForm(textOf(body, 100), 1000)).rejects.toMatchObject({ code: "too-large" });
    await expect(readForm(textOf(body.repeat(100), 100), 1000)).rejects.toMatchObject({ code: "too-large" });
  });
});
