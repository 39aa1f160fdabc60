import { type Carried, type Moment, openBlame } from "@/lib/engine/blame";
import type { Cause } from "@/lib/engine/cause";
import type { Edit } from "@/lib/text/edits";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { BlockVersionModel } from "../db/generated/models";
import { othersTurn } from "../db/others-turn";
import { lineOf, type Stretch } from "../records/version-line";
import { compareTexts } from "../threads/compare-texts";
import { getBlockOfAnyTime } from "./blocks";

const BLAMED_AT_ONCE = 20;
/** Former values that are kept until what brings them back comes by, in UTF-16 units; beyond, text that comes back is new. */
const MOST_KEPT = 30_000_000;

type Said = Pick<BlockVersionModel, "blockId" | "number" | "operation" | "createdAt">;

/**
 * Blame of a block's value as of a version (the head if none is given): segments that concatenate to the value. A copy is
 * no author: what came with it is blamed on who wrote it in the original. What a revert or an undo brought back is its
 * author's, and says what restored it.
 *
 * @throws ApiError `not-found`.
 */
export async function blameBlock(ctx: Ctx, id: string, versionId: string | null) {
  const block = await getBlockOfAnyTime(ctx, id);
  const target = versionId ?? block.headVersionId;
  const end = await ctx.db.prisma.blockVersion.findFirst({ where: { id: target, blockId: id } });
  if (!end) throw notFound("block version", target);
  const line = await lineOf(ctx.db, "block_version", id, end.number);
  const sources = await sourcesOf(ctx, line);
  const moments = openMoments(sources);
  const byId = new Map<string, Said>();
  const chain = openBlame();
  // A few at a time, and the loop is others' after each: a long history of long values takes seconds.
  for (const { ownerId: blockId, after, upTo } of line) {
    for (let number = after; number < upTo; number += BLAMED_AT_ONCE) {
      const versions = await ctx.db.prisma.blockVersion.findMany({
        where: { blockId, number: { gt: number, lte: Math.min(number + BLAMED_AT_ONCE, upTo) } },
        orderBy: { number: "asc" },
      });
      for (const { id: version, value, cause, edits, ...said } of versions) {
        const before = chain.moment();
        moments.pass(`before ${version}`, before);
        const changes = await compareTexts(ctx, before.value, value, edits as Edit[] | null);
        const moment = moments.of(version);
        const from = moment && { moment, changes: await compareTexts(ctx, moment.value, value) };
        chain.add({ id: version, value, cause: cause as Cause }, changes, from);
        moments.pass(version, chain.moment());
        byId.set(version, { blockId, number: said.number, operation: said.operation, createdAt: said.createdAt });
        await othersTurn();
      }
    }
  }
  return {
    block_id: id,
    version_id: target,
    segments: chain.segments().map((segment) => {
      const version = byId.get(segment.versionId)!;
      return {
        text: segment.text,
        version_id: segment.versionId,
        block_id: version.blockId,
        number: version.number,
        operation: version.operation,
        cause: segment.cause,
        created_at: version.createdAt.toISOString(),
        ...carriedBy(segment.carried, byId),
      };
    }),
  };
}

function carriedBy(carried: Carried | null, byId: ReadonlyMap<string, Said>) {
  const by = (how: Carried["how"]) =>
    carried?.how === how ? { version_id: carried.versionId, number: byId.get(carried.versionId)!.number } : null;
  return { moved_by: by("moved"), restored_by: by("restored") };
}

/**
 * Which moment each version brings back, or a part of it: the version itself that a revert went back to, or, of one that
 * was undone, what was `before` it.
 */
async function sourcesOf(ctx: Ctx, line: readonly Stretch[]): Promise<Map<string, string>> {
  const rows = await ctx.db.query<{ id: string; operation: string; target: string }>(
    `SELECT id, operation, cause->>'target' AS target FROM block_version
     WHERE block_id = ANY($1::text[]) AND cause->>'kind' = 'revert' AND cause ? 'target'`,
    [line.map(({ ownerId }) => ownerId)],
  );
  return new Map(rows.map((row) => [row.id, row.operation === "revert" ? row.target : `before ${row.target}`]));
}

/** Keeps the moments that something comes back to, as long as it has to come. */
function openMoments(sources: ReadonlyMap<string, string>) {
  const wanted = new Map<string, number>();
  for (const name of sources.values()) wanted.set(name, (wanted.get(name) ?? 0) + 1);
  const kept = new Map<string, Moment>();
  let units = 0;
  return {
    pass(name: string, moment: Moment): void {
      if (!wanted.has(name) || units + moment.value.length > MOST_KEPT) return;
      units += moment.value.length;
      kept.set(name, moment);
    },
    /** What this version brings back; undefined for one that brings nothing back. */
    of(version: string): Moment | undefined {
      const name = sources.get(version);
      const moment = name === undefined ? undefined : kept.get(name);
      if (name === undefined || !moment) return undefined;
      const left = wanted.get(name)! - 1;
      wanted.set(name, left);
      if (left === 0) {
        kept.delete(name);
        units -= moment.value.length;
      }
      return moment;
    },
  };
}
