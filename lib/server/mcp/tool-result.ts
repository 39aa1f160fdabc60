import { z } from "zod";
import type { ToolOutcome } from "@/lib/engine/tool";
import type { ContentPart } from "@/lib/stream/message";
import type { McpReturn } from "./connection";
import { redacted } from "./endpoint";

const text = z.looseObject({ type: z.literal("text"), text: z.string() });
const media = z.looseObject({ type: z.enum(["image", "audio"]), data: z.string(), mimeType: z.string() });
const link = z.looseObject({ type: z.literal("resource_link"), uri: z.string(), name: z.string().optional() });
const resource = z.looseObject({
  type: z.literal("resource"),
  resource: z.looseObject({
    uri: z.string(),
    mimeType: z.string().nullish(),
    text: z.string().optional(),
    blob: z.string().optional(),
  }),
});
const block = z.union([text, media, link, resource]);

/** Images that the providers take. */
const IMAGE_TYPE = /^image\/(png|jpeg|gif|webp)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MAX_IMAGE_CHARS = 5 * 1024 * 1024;
const MAX_IMAGES = 8;

/**
 * What a model is given of a tool's return: its texts, joined; images as such where there are any that a provider
 * takes; the rest by a line that says what it is. A return without content is its structured one, as JSON.
 *
 * @param limitChars of all texts together; null for no limit.
 * @param secrets of the server, which nobody is shown.
 */
export function toOutcome(answer: McpReturn, limitChars: number | null, secrets: readonly string[]): ToolOutcome {
  const parts = answer.content.map(toPart);
  if (parts.every((part) => part.type === "text" && part.text === "") && answer.structuredContent !== undefined) {
    parts.push({ type: "text", text: JSON.stringify(answer.structuredContent) });
  }
  const status = answer.isError ? "error" : "success";
  const shown = parts.map((part) => (part.type === "text" ? { ...part, text: redacted(part.text, secrets) } : part));
  const images = shown.filter((part) => part.type === "image");
  // A failure is its words; the engine cuts a text that is alone.
  if (images.length === 0 || answer.isError) return { status, content: textOf(shown) };
  return { status, content: limited(withFewImages(shown), limitChars) };
}

function toPart(content: unknown): ContentPart {
  const parsed = block.safeParse(content);
  if (!parsed.success) return said(`[content that is not of the protocol: ${JSON.stringify(content).slice(0, 200)}]`);
  const part = parsed.data;
  switch (part.type) {
    case "text":
      return said(part.text);
    case "resource_link":
      return said(`[resource ${part.name ?? ""} at ${part.uri}]`);
    case "resource": {
      const { uri, mimeType, text: whole, blob } = part.resource;
      return said(whole ?? `[resource ${uri} of type ${mimeType ?? "unknown"}, ${bytesOf(blob ?? "")} bytes]`);
    }
    default:
      return isShowable(part)
        ? { type: "image", source: { type: "base64", media_type: part.mimeType, data: part.data } }
        : said(`[${part.type} of type ${part.mimeType.slice(0, 80)}, ${bytesOf(part.data)} bytes]`);
  }
}

function isShowable({ type, mimeType, data }: z.output<typeof media>): boolean {
  return type === "image" && IMAGE_TYPE.test(mimeType) && data.length <= MAX_IMAGE_CHARS && BASE64.test(data);
}

const said = (words: string): ContentPart => ({ type: "text", text: words });
const bytesOf = (base64: string) => Math.floor((base64.length * 3) / 4);

function textOf(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function withFewImages(parts: readonly ContentPart[]): ContentPart[] {
  let images = 0;
  return parts.map((part) => (part.type === "image" && ++images > MAX_IMAGES ? said("[one image more]") : part));
}

function limited(parts: readonly ContentPart[], limitChars: number | null): ContentPart[] {
  let left = limitChars ?? Number.POSITIVE_INFINITY;
  const total = textOf(parts).length;
  return parts.map((part) => {
    if (part.type !== "text" || part.text.length <= left) {
      left -= part.type === "text" ? part.text.length : 0;
      return part;
    }
    const kept = part.text.slice(0, Math.max(0, left));
    left = 0;
    return {
      ...part,
      text: `${kept}... [NOTE: function output was truncated since it exceeded the character limit: ${total} > ${limitChars}]`,
    };
  });
}
