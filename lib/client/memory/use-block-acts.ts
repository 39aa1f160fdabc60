"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Block, BlockVersion } from "../api/wire";

/** What can be done about a version: each adds a new one. */
export type BlockAct =
  | { type: "undo"; version: BlockVersion }
  | { type: "restore-line"; version: BlockVersion; line: number; text: string }
  | { type: "revert"; version: BlockVersion };

/** Does one of the acts on a block; the answer is the block with the version that it made. */
export function useBlockActs(blockId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (act: BlockAct): Promise<Block> => {
      const params = { path: { block_id: blockId } };
      const body = { version_id: act.version.id };
      if (act.type === "revert") return unwrap(api.POST("/v1/blocks/{block_id}/revert", { params, body }));
      const line = act.type === "restore-line" ? { line: act.line } : {};
      return unwrap(api.POST("/v1/blocks/{block_id}/undo", { params, body: { ...body, ...line } }));
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.block(blockId) }),
        client.invalidateQueries({ queryKey: ["agent"] }),
        client.invalidateQueries({ queryKey: ["context"] }),
      ]),
  });
}

/** What was done, in words. */
export function describeAct(act: BlockAct): string {
  switch (act.type) {
    case "undo":
      return `What version ${act.version.number} changed was taken back`;
    case "restore-line":
      return `The line “${act.text.length > 60 ? `${act.text.slice(0, 60)}…` : act.text}” was put back`;
    case "revert":
      return `Version ${act.version.number} was restored as a whole`;
  }
}
