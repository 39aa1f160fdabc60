import { monitorEventLoopDelay } from "node:perf_hooks";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { fitImages } from "../models/fit-images";
import { message } from "../models/testing/peculiar";
import { fitted, MOST_PIXELS, requireDecodable } from "./decode";

const noisy = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: "#fff", noise: { type: "gaussian", mean: 120, sigma: 30 } },
  });
const files: Record<string, Buffer> = {};
beforeAll(async () => {
  const png = await noisy(400, 300).png().toBuffer();
  Object.assign(files, {
    png,
    jpeg: await sharp(png).jpeg().toBuffer(),
    webp: await sharp(png).webp().toBuffer(),
    gif: await sharp(png).gif().toBuffer(),
  });
});

describe.each(["png", "jpeg", "webp", "gif"])("a %s", (type) => {
  test("is decoded where it is whole, and refused where it is cut off", async () => {
    await requireDecodable(files[type]!);
    for (const share of [0.3, 0.9]) {
      const cut = files[type]!.subarray(0, Math.floor(files[type]!.length * share));
      await expect(requireDecodable(cut)).rejects.toThrow("it can't be decoded");
    }
  });
});

test("what unfolds into too many pixels is refused before it does", async () => {
  const side = Math.ceil(Math.sqrt(MOST_PIXELS)) + 1;
  const bomb = await sharp({ create: { width: side, height: side, channels: 3, background: "#000" } })
    .png()
    .toBuffer();
  expect(bomb.length).toBeLessThan(1024 * 1024);
  await expect(requireDecodable(bomb)).rejects.toThrow("pixels");
});

test("decoding and fitting leave the event loop to others", async () => {
  const large = await noisy(2400, 1800).png().toBuffer();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const before = process.cpuUsage();
  delay.enable();
  await requireDecodable(large);
  await fitted({ bytes: large, mediaType: "image/png" }, { bytes: 1_000_000, side: 8000 });
  delay.disable();
  // The work is much more than the longest turn of the loop.
  const { user } = process.cpuUsage(before);
  expect(delay.max / 1000).toBeLessThan(user);
});

describe("an image too large for its provider", () => {
  const part = (data: Buffer, media_type: string) =>
    message("user", [
      {
        type: "image",
        source: { type: "letta", file_id: `file-${data.length}`, media_type, data: data.toString("base64") },
      },
    ]);
  const shownTo = async (data: Buffer, providerType: string, name: string) => {
    const [shown] = await fitImages([part(data, "image/png")], { providerType, name });
    const [image] = shown!.parts;
    const source = image?.type === "image" && image.source.type === "letta" ? image.source : null;
    return { type: source?.media_type, bytes: Buffer.from(source!.data!, "base64") };
  };

  test("is made to fit Anthropic's 5 MB in base64, whoever serves a Claude, and stays as it is for others", async () => {
    const large = await noisy(1600, 1400).png({ compressionLevel: 0 }).toBuffer();
    expect(large.length).toBeGreaterThan(5 * 1024 * 1024);
    for (const [provider, name] of [
      ["anthropic", "claude-sonnet-4-5"],
      ["openai", "anthropic/claude-opus-4.8"],
    ] as const) {
      const { type, bytes } = await shownTo(large, provider, name);
      expect(bytes.toString("base64").length).toBeLessThanOrEqual(5 * 1024 * 1024);
      expect(type).toBe("image/jpeg");
      expect((await sharp(bytes).metadata()).width).toBe(1600);
    }
    expect((await shownTo(large, "openai", "gpt-4o")).bytes.equals(large)).toBe(true);
  });

  test("or with a side that is too long, is made smaller; one that is see-through stays so", async () => {
    const long = await sharp({
      create: {
        width: 9000,
        height: 900,
        channels: 4,
        background: { r: 1, g: 2, b: 3, alpha: 0.5 },
        noise: { type: "gaussian", mean: 9, sigma: 9 },
      },
    })
      .png()
      .toBuffer();
    const { type, bytes } = await shownTo(long, "anthropic", "claude-sonnet-4-5");
    const { width, hasAlpha } = await sharp(bytes).metadata();
    expect([type, hasAlpha]).toEqual(["image/png", true]);
    expect(width).toBeLessThanOrEqual(8000);
  });
});

test("an image of a tool, or of an old transcript, that nobody can read is said to be one, so that its provider takes the rest", async () => {
  const source = { type: "letta" as const, file_id: "file-broken", media_type: "image/png", data: "iVBORw0KGgo=" };
  const content = [
    { type: "image" as const, source: { type: "base64" as const, media_type: "image/png", data: "iVBORw0KGgo=" } },
  ];
  const messages = [
    message("user", [{ type: "image", source }]),
    message("tool", [
      { type: "tool_return", toolCallId: "c", name: "camera", status: "success", content, stdout: null, stderr: null },
    ]),
  ];
  const shown = JSON.stringify(await fitImages(messages, { providerType: "openai", name: "gpt-4o" }));
  expect(shown).not.toContain("iVBOR");
  expect(shown.split("could not be read")).toHaveLength(3);
});
