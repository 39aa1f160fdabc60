import type { WireContent } from "@/lib/api/messages";
import { badRequest } from "../core/errors";

const IMAGE_TYPE = /^image\/[a-z0-9.+-]+$/i;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const DATA_URL = /^data:(image\/[a-z0-9.+-]+);base64,/i;

/** @throws ApiError 400 for an image that no model could be shown: not http, https or data, not an image, not base64. */
export function checkImages(content: WireContent): void {
  if (typeof content === "string") return;
  for (const part of content) {
    if (part.type !== "image") continue;
    const { source } = part;
    if (source.type === "url" && !isImageUrl(source.url)) {
      throw badRequest(`INVALID_ARGUMENT: not the URL of an image: ${source.url.slice(0, 200)}`);
    }
    if (source.type === "base64" && !(IMAGE_TYPE.test(source.media_type) && BASE64.test(source.data))) {
      throw badRequest("INVALID_ARGUMENT: an image must have the media type image/… and its data in base64");
    }
  }
}

function isImageUrl(text: string): boolean {
  if (DATA_URL.test(text)) return true;
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
