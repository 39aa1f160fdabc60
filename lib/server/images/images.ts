import { createHash } from "node:crypto";
import { imagesOf, mapDecision, mapImages } from "@/lib/stream/images";
import type { Incoming } from "@/lib/stream/incoming";
import type { ContentPart, ImagePart, Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { type ImageBytes, imageBytesOfBase64, imageOfBase64, imageOfUrl } from "./read-image";

type Kept = Extract<ImagePart["source"], { type: "letta" }>;

/**
 * Keeps the images of a request, once each for the organization, and puts references in their place: a message stays
 * light wherever it is read. Those that have a URL are fetched.
 *
 * @throws ApiError 400 for an image that can't be had, is too large, or is kept under no such id.
 */
export async function keepImages(ctx: Ctx, agentId: string, incoming: Incoming): Promise<Incoming> {
  const images = incoming.messages.flatMap(imagesOf);
  if (images.length === 0) return incoming;
  const read = await readImages(ctx, images);
  const ids = await insertImages(ctx, agentId, [...read.values()]);
  return replaced(incoming, (image) => {
    const found = read.get(image)!;
    const file_id = "id" in found ? found.id : ids.get(found.hash)!;
    const source: Kept = { type: "letta", file_id, media_type: found.mediaType, detail: image.source.detail ?? null };
    return { type: "image", source };
  });
}

/** Keeps an image that a tool made, and answers the part that refers to it. */
export async function keepMadeImage(
  ctx: Ctx,
  agentId: string,
  { bytes, mediaType }: { bytes: Uint8Array; mediaType: string },
): Promise<ImagePart> {
  const image = hashed({ bytes: Buffer.from(bytes), mediaType });
  const ids = await insertImages(ctx, agentId, [image]);
  return { type: "image", source: { type: "letta", file_id: ids.get(image.hash)!, media_type: mediaType } };
}

/** The same request with its images in it, for those who only look at what would be sent: nothing is kept. */
export async function inlineImages(ctx: Ctx, incoming: Incoming): Promise<Incoming> {
  const read = await readImages(ctx, incoming.messages.flatMap(imagesOf), imageBytesOfBase64);
  return replaced(incoming, (image) => {
    const found = read.get(image)!;
    if ("id" in found)
      return { type: "image", source: { type: "letta", file_id: found.id, media_type: found.mediaType } };
    const { mediaType: media_type, bytes } = found;
    const data = bytes.toString("base64");
    return { type: "image", source: { type: "base64", media_type, data, detail: image.source.detail ?? null } };
  });
}

function replaced(incoming: Incoming, change: (image: ImagePart) => ContentPart): Incoming {
  return {
    ...incoming,
    messages: incoming.messages.map((message) => mapImages(message, change)),
    decisions: incoming.decisions?.map((decision) => mapDecision(decision, change)) ?? null,
  };
}

type Read = (ImageBytes & { hash: string }) | { id: string; mediaType: string };

type FromBase64 = (ctx: Ctx, data: string) => ImageBytes | Promise<ImageBytes>;

async function readImages(
  ctx: Ctx,
  images: readonly ImagePart[],
  fromBase64: FromBase64 = imageOfBase64,
): Promise<Map<ImagePart, Read>> {
  const ids = images.flatMap(({ source }) => (source.type === "letta" ? [source.file_id] : []));
  const rows = ids.length === 0 ? [] : await readRows(ctx, ids);
  const known = new Map(rows.map((row) => [row.id, row.mediaType]));
  const read = images.map(
    async (image): Promise<[ImagePart, Read]> => [image, await readImage(ctx, image, known, fromBase64)],
  );
  return new Map(await Promise.all(read));
}

async function readImage(
  ctx: Ctx,
  { source }: ImagePart,
  known: ReadonlyMap<string, string>,
  fromBase64: FromBase64,
): Promise<Read> {
  if (source.type === "base64") return hashed(await fromBase64(ctx, source.data));
  if (source.type === "url") return hashed(await imageOfUrl(ctx, source.url));
  const mediaType = known.get(source.file_id);
  if (mediaType) return { id: source.file_id, mediaType };
  if (source.data) return hashed(await fromBase64(ctx, source.data));
  throw badRequest(`INVALID_ARGUMENT: there is no image with the id '${source.file_id}'`);
}

function hashed(image: ImageBytes) {
  return { ...image, hash: createHash("sha256").update(image.bytes).digest("hex") };
}

/** Keeps images that are new, and that the agent has them all. @returns ids by hash. */
async function insertImages(ctx: Ctx, agentId: string, read: readonly Read[]): Promise<Map<string, string>> {
  const fresh = new Map(read.flatMap((one) => ("hash" in one ? [[one.hash, one] as const] : [])));
  const given = [...fresh.values()].map(({ hash, mediaType, bytes }) => ({
    id: newId("file"),
    hash,
    media_type: mediaType,
    data: bytes.toString("base64"),
  }));
  const known = [...new Set(read.flatMap((one) => ("id" in one ? [one.id] : [])))];
  const rows = await ctx.db.query<{ id: string; hash: string }>(KEEP_IMAGES, [
    JSON.stringify(given),
    ctx.actor.organizationId,
    ctx.now().toISOString(),
    agentId,
    known,
  ]);
  return new Map(rows.map((row) => [row.hash, row.id]));
}

// Updating what is there already locks it against those who delete what nobody has any more.
const KEEP_IMAGES = `
WITH kept AS (INSERT INTO image (id, organization_id, hash, media_type, bytes, created_at)
    SELECT x.id, $2, x.hash, x.media_type, decode(x.data, 'base64'), $3::timestamptz
    FROM jsonb_to_recordset($1::jsonb) AS x(id text, hash text, media_type text, data text) ORDER BY x.hash
    ON CONFLICT (organization_id, hash) DO UPDATE SET hash = EXCLUDED.hash RETURNING id, hash),
  held AS (INSERT INTO agent_image (agent_id, image_id)
    SELECT $4, id FROM kept UNION SELECT $4, unnest($5::text[]) ON CONFLICT DO NOTHING)
SELECT id, hash FROM kept`;

type ImageRow = { id: string; mediaType: string };

function readRows(ctx: Ctx, ids: readonly string[]): Promise<ImageRow[]> {
  return ctx.db.query<ImageRow>(
    `SELECT id, media_type AS "mediaType" FROM image WHERE organization_id = $1 AND id = ANY($2::text[])`,
    [ctx.actor.organizationId, ids],
  );
}

/** Messages with the data of the images that they refer to, for the wire and for models; at most one statement. */
export async function withImageData(ctx: Ctx, messages: readonly Message[]): Promise<Message[]> {
  const idOf = ({ source }: ImagePart) => (source.type === "letta" && !source.data ? source.file_id : null);
  const ids = messages.flatMap(imagesOf).flatMap((image) => idOf(image) ?? []);
  if (ids.length === 0) return [...messages];
  const rows = await ctx.db.query<{ id: string; data: string }>(
    `SELECT id, translate(encode(bytes, 'base64'), E'\\n', '') AS data FROM image
     WHERE organization_id = $1 AND id = ANY($2::text[])`,
    [ctx.actor.organizationId, [...new Set(ids)]],
  );
  const data = new Map(rows.map((row) => [row.id, row.data]));
  return messages.map((message) =>
    mapImages(message, (image) => {
      const found = data.get(idOf(image) ?? "");
      return found && image.source.type === "letta" ? { ...image, source: { ...image.source, data: found } } : image;
    }),
  );
}

/** An agent that is a copy of another one has its images. */
export async function shareImages(sql: Sql, fromAgentId: string, toAgentId: string): Promise<void> {
  await sql.query(
    `INSERT INTO agent_image (agent_id, image_id) SELECT $2, image_id FROM agent_image WHERE agent_id = $1
     ON CONFLICT DO NOTHING`,
    [fromAgentId, toAgentId],
  );
}

/** Lets go of an agent's images, and deletes those that no other agent has: within the transaction of its deletion. */
export async function releaseImages(sql: Sql, agentId: string): Promise<void> {
  const held = await sql.query<{ id: string }>(
    `SELECT id FROM image WHERE id IN (SELECT image_id FROM agent_image WHERE agent_id = $1) ORDER BY id FOR UPDATE`,
    [agentId],
  );
  if (held.length === 0) return;
  await sql.query("DELETE FROM agent_image WHERE agent_id = $1", [agentId]);
  await sql.query(
    `DELETE FROM image WHERE id = ANY($1::text[]) AND NOT EXISTS
       (SELECT FROM agent_image WHERE image_id = image.id)`,
    [held.map((row) => row.id)],
  );
}
