import { createHash } from "node:crypto";
import { imagesOf, mapImages } from "@/lib/stream/images";
import type { ImagePart, Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { imageOfBase64 } from "../images/read-image";

type NewImage = { id: string; hash: string; media_type: string; data: string };

/** Images that messages bring along, once each, and which image is which. */
export type ImagePlan = { images: ReadonlyMap<string, NewImage>; hashOf: ReadonlyMap<ImagePart, string> };

/** @throws ApiError 400 for an image that is empty or too large. */
export function planImages(ctx: Ctx, messages: readonly Message[]): ImagePlan {
  const images = new Map<string, NewImage>();
  const hashOf = new Map<ImagePart, string>();
  for (const image of messages.flatMap(imagesOf)) {
    const given = dataOf(image);
    if (!given) continue;
    const { bytes, mediaType } = imageOfBase64(ctx, given.data, given.mediaType);
    const hash = createHash("sha256").update(bytes).digest("hex");
    hashOf.set(image, hash);
    images.set(hash, { id: newId("file"), hash, media_type: mediaType, data: bytes.toString("base64") });
  }
  return { images, hashOf };
}

/** One that has its data elsewhere stays as it is: a file makes this server ask nobody. */
function dataOf({ source }: ImagePart): { data: string; mediaType: string } | null {
  if (source.type === "base64") return { data: source.data, mediaType: source.media_type };
  if (source.type === "url" || !source.data) return null;
  return { data: source.data, mediaType: source.media_type ?? "image/png" };
}

/** Keeps the images, once each for the organization. @returns ids by hash. */
export async function writeImages(ctx: Ctx, sql: Sql, plan: ImagePlan): Promise<Map<string, string>> {
  if (plan.images.size === 0) return new Map();
  const rows = await sql.query<{ id: string; hash: string }>(KEEP_IMAGES, [
    JSON.stringify([...plan.images.values()]),
    ctx.actor.organizationId,
    ctx.now().toISOString(),
  ]);
  return new Map(rows.map((row) => [row.hash, row.id]));
}

// Updating what is there already locks it against those who delete what nobody has any more.
const KEEP_IMAGES = `
INSERT INTO image (id, organization_id, hash, media_type, bytes, created_at)
  SELECT x.id, $2, x.hash, x.media_type, decode(x.data, 'base64'), $3::timestamptz
  FROM jsonb_to_recordset($1::jsonb) AS x(id text, hash text, media_type text, data text) ORDER BY x.hash
ON CONFLICT (organization_id, hash) DO UPDATE SET hash = EXCLUDED.hash RETURNING id, hash`;

/** The messages with references in the place of images that are kept. */
export function withReferences(
  messages: readonly Message[],
  { images, hashOf }: ImagePlan,
  ids: ReadonlyMap<string, string>,
): Message[] {
  return messages.map((message) =>
    mapImages(message, (image) => {
      const hash = hashOf.get(image);
      if (hash === undefined) return image;
      const source = {
        file_id: ids.get(hash)!,
        media_type: images.get(hash)!.media_type,
        detail: image.source.detail ?? null,
      };
      return { type: "image", source: { type: "letta", ...source } };
    }),
  );
}

/** An agent has the images that its messages refer to, as far as they are its organization's. */
export async function linkImages(ctx: Ctx, sql: Sql, agentId: string, messages: readonly Message[]): Promise<void> {
  const ids = messages.flatMap(imagesOf).flatMap(({ source }) => (source.type === "letta" ? [source.file_id] : []));
  if (ids.length === 0) return;
  await sql.query(
    `INSERT INTO agent_image (agent_id, image_id)
     SELECT $1, id FROM image WHERE organization_id = $2 AND id = ANY($3::text[]) ON CONFLICT DO NOTHING`,
    [agentId, ctx.actor.organizationId, ids],
  );
}
