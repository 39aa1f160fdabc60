import type { UndoBlock, WireBlock } from "@/lib/api/blocks";
import { editsOf, merge } from "@/lib/text/merge";
import { restoreOfLine, undoOf } from "@/lib/text/undo";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, conflict, notFound } from "../core/errors";
import type { BlockVersionModel } from "../db/generated/models";
import { othersTurn } from "../db/others-turn";
import { type BlockChange, changeBlock, getBlock, toWireBlock } from "./blocks";

/**
 * Appends a version without what one version changed, or with one line that it lost, on top of all that came after it.
 *
 * @throws ApiError `not-found`; `bad-request` for a version with none before it, and for a line that it didn't take away;
 *   `conflict` where later versions changed the same words, where nothing of the change is left, and where the head moved
 *   meanwhile.
 */
export async function undoBlock(ctx: Ctx, id: string, { version_id, line }: UndoBlock): Promise<WireBlock> {
  const { head } = await getBlock(ctx, id);
  const version = await versionOf(ctx, id, version_id);
  if (version.parentId === null) throw badRequest("INVALID_ARGUMENT: nothing came before the first version");
  const previous = await versionOf(ctx, id, version.parentId);
  const changes =
    line == null
      ? { value: await undone(previous.value, version.value, head.value), ...settingsUndone(previous, version, head) }
      : { value: await restored(previous.value, version.value, head.value, line) };
  if (Object.entries(changes).every(([key, value]) => same(value, head[key as keyof BlockVersionModel])))
    throw conflict("CONFLICT: nothing of this change is left in the block");
  const row = await changeBlock(ctx, id, {
    changes,
    operation: line == null ? "undo" : "restore-line",
    cause: { ...apiCause(ctx), kind: "revert", target: version.id },
    baseVersionId: head.id,
  });
  return toWireBlock(row);
}

async function versionOf(ctx: Ctx, blockId: string, id: string): Promise<BlockVersionModel> {
  const row = await ctx.db.prisma.blockVersion.findFirst({
    where: { id, blockId, organizationId: ctx.actor.organizationId },
  });
  if (!row) throw notFound("block version", id);
  return row;
}

async function undone(previous: string, version: string, today: string): Promise<string> {
  const undo = undoOf(previous, version);
  await othersTurn();
  const since = editsOf(version, today);
  await othersTurn();
  const value = merge(undo, since);
  if (value === null)
    throw conflict("CONFLICT: later versions changed the same words; restore a whole version instead");
  return value;
}

async function restored(previous: string, version: string, today: string, line: number): Promise<string> {
  const restore = restoreOfLine(previous, version, line);
  if (!restore) throw badRequest(`INVALID_ARGUMENT: line ${line} is not one that this version took away`);
  await othersTurn();
  if (today.split("\n").includes(restore.edits[0]!.tokens[0]!))
    throw conflict("CONFLICT: the block has this line already");
  const value = merge(restore, editsOf(version, today));
  if (value === null) throw conflict("CONFLICT: the line that took its place was changed again since");
  return value;
}

const SETTINGS = ["label", "description", "limitChars", "readOnly", "metadata"] as const;
type Setting = (typeof SETTINGS)[number];

/** What the version changed beside the text, as it was before. Settings that were changed again since are in the way. */
function settingsUndone(
  previous: BlockVersionModel,
  version: BlockVersionModel,
  head: BlockVersionModel,
): BlockChange["changes"] {
  const of = (row: BlockVersionModel, key: Setting) => row[key] ?? (key === "metadata" ? {} : null);
  const differs = (key: Setting, a: BlockVersionModel, b: BlockVersionModel) => !same(of(a, key), of(b, key));
  const changed = SETTINGS.filter((key) => differs(key, previous, version));
  const taken = changed.filter((key) => differs(key, head, version) && differs(key, head, previous));
  if (taken.length > 0) throw conflict(`CONFLICT: later versions changed the same settings: ${taken.join(", ")}`);
  return Object.fromEntries(changed.map((key) => [key, of(previous, key)]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
