import type { BLOCK_ENDPOINTS } from "@/lib/api/blocks";
import { blameBlock } from "../blocks/blame-block";
import { createBlock, getBlock, listBlockVersions, revertBlock, toWireBlock, updateBlock } from "../blocks/blocks";
import { deleteBlock } from "../blocks/delete-block";
import { countBlocks, listBlocks } from "../blocks/list-blocks";
import { undoBlock } from "../blocks/undo-block";
import { eraseBlock } from "../erasure/acts";
import type { Handlers } from "./bind";

export const BLOCK_HANDLERS: Handlers<typeof BLOCK_ENDPOINTS> = {
  "blocks.create": async ({ ctx, body }) => toWireBlock(await getBlock(ctx, await createBlock(ctx, body))),
  "blocks.list": ({ ctx, query }) => listBlocks(ctx, query),
  "blocks.count": ({ ctx, query }) => countBlocks(ctx, query),
  "blocks.retrieve": async ({ ctx, params }) => toWireBlock(await getBlock(ctx, params.block_id)),
  "blocks.update": ({ ctx, params, body }) => updateBlock(ctx, params.block_id, body),
  "blocks.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseBlock : deleteBlock)(ctx, params.block_id);
    return null;
  },
  "blocks.versions": ({ ctx, params, query }) => listBlockVersions(ctx, params.block_id, query),
  "blocks.blame": ({ ctx, params, query }) => blameBlock(ctx, params.block_id, query.version_id ?? null),
  "blocks.revert": ({ ctx, params, body }) => revertBlock(ctx, params.block_id, body.version_id),
  "blocks.undo": ({ ctx, params, body }) => undoBlock(ctx, params.block_id, body),
};
