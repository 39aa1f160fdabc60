import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { initWasm, Resvg } from "@resvg/resvg-wasm";

let ready: Promise<Uint8Array[]> | null = null;

/** An SVG of our own as PNG, twice as large for screens of today, with the house's font: the same on every machine. */
export async function rasterize(svg: string): Promise<Uint8Array> {
  ready ??= prepare();
  const fontBuffers = await ready;
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: { fontBuffers, defaultFontFamily: "Geist", sansSerifFamily: "Geist" },
  });
  return picture.render().asPng();
}

async function prepare(): Promise<Uint8Array[]> {
  // Packages may lie above this one; what they hold is found from where this one is.
  const { resolve } = createRequire(path.join(process.cwd(), "package.json"));
  const fonts = path.join(path.dirname(resolve("geist/font")), "fonts/geist-sans");
  const [program, ...buffers] = await Promise.all([
    readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")),
    ...["Geist-Regular.ttf", "Geist-SemiBold.ttf"].map((file) => readFile(path.join(fonts, file))),
  ]);
  await initWasm(program!);
  return buffers;
}
