"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/lib/client/access/permissions";
import { api, unwrap } from "@/lib/client/api/api";
import { ApiError } from "@/lib/client/api/api-error";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Block, BlockVersion } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { EraseButton } from "../erasure/erase-button";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Input, Textarea } from "../ui/input";
import { Meter } from "./block-list";
import { ConflictView } from "./conflict-view";

export type EditedBlock = Pick<Block, "value" | "description" | "limit" | "read_only"> & { id: string; label: string };

type BlockEditorProps = {
  block: EditedBlock;
  /** Shown read-only in the place of the block as it is now. */
  past: BlockVersion | null;
  head: BlockVersion | null;
  /** After it was erased. */
  onGone: () => void;
};

type Draft = { value: string; description: string; limit: number; readOnly: boolean };

/**
 * Edits a block on the version that it was loaded as. If another writer was first, nothing is overwritten: both texts
 * are shown, and the next save is made on the other's version.
 */
export function BlockEditor({ block, past, head, onGone }: BlockEditorProps) {
  const shown = past ?? block;
  const [draft, setDraft] = useState<Draft>(() => draftOf(shown));
  const [base, setBase] = useState(head);
  const save = useSave(block.id, draft, base);
  const conflict = save.error instanceof ApiError && save.error.status === 409 ? head : null;
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(base && !past ? base : shown));
  const over = draft.value.length > draft.limit;
  const { why } = useMay("blocks.update");
  const isFixed = past !== null || why !== null;

  function settle(value: string) {
    change({ value });
    setBase(head);
    save.reset();
  }

  if (conflict && conflict.id !== base?.id) {
    return <ConflictView mine={draft.value} theirs={conflict} onChoose={settle} />;
  }
  return (
    <form
      className="flex min-h-full flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, { onSuccess: (version) => setBase(version) });
      }}
    >
      {why !== null && past === null && <p className="text-muted text-sm">{why} Memory is for editors to change.</p>}
      <Field
        label="Text"
        hint={
          <span className={cn(over && "text-error")}>
            {formatCount(draft.value.length)} / {formatCount(draft.limit)} characters
            {over && " — over the limit: it is kept, but the agent is told to shorten it"}
          </span>
        }
      >
        {(id) => (
          <Textarea
            id={id}
            readOnly={isFixed}
            value={draft.value}
            onChange={(event) => change({ value: event.target.value })}
            className="min-h-72 flex-1 font-mono text-sm"
          />
        )}
      </Field>
      <Meter value={draft.value.length} limit={draft.limit} />
      <Field label="Description (the agent reads it)">
        {(id) => (
          <Input
            id={id}
            readOnly={isFixed}
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
      <div className="flex flex-wrap items-end gap-4">
        <Field label="Limit, in characters">
          {(id) => (
            <Input
              id={id}
              type="number"
              min={1}
              className="w-36"
              readOnly={isFixed}
              value={draft.limit}
              onChange={(event) => change({ limit: Math.max(1, event.target.valueAsNumber || 1) })}
            />
          )}
        </Field>
        <label className="flex h-7 items-center gap-2">
          <input
            type="checkbox"
            disabled={isFixed}
            checked={draft.readOnly}
            onChange={(event) => change({ readOnly: event.target.checked })}
          />
          Read-only for the agent
        </label>
        {past === null && (
          <span className="ml-auto flex flex-wrap gap-2">
            <EraseButton
              erasable={{ type: "block", id: block.id }}
              what={`the block “${block.label}”`}
              inWords
              onErased={onGone}
            />
            <Button disabled={!dirty || save.isPending} onClick={() => setDraft(draftOf(base ?? block))}>
              Discard
            </Button>
            <Button needs="blocks.update" tone="primary" type="submit" disabled={!dirty || save.isPending}>
              {save.isPending ? "Saving…" : "Save"}
            </Button>
          </span>
        )}
      </div>
      {save.isError && !conflict && <Problem error={save.error} className="m-0" />}
      {save.isSuccess && !dirty && (
        <p role="status" className="text-files">
          Saved as version {base?.number}.
        </p>
      )}
    </form>
  );
}

function draftOf(source: Pick<Block, "value" | "description" | "limit" | "read_only">): Draft {
  const { value, description, limit, read_only: readOnly } = source;
  return { value, description: description ?? "", limit, readOnly };
}

/** Saves on `base`; the answer is the version that was made. */
function useSave(blockId: string, draft: Draft, base: BlockVersion | null) {
  const client = useQueryClient();
  const path = { block_id: blockId };
  return useMutation({
    mutationFn: async (): Promise<BlockVersion | null> => {
      const { value, description, limit, readOnly } = draft;
      const body = { value, description, limit, read_only: readOnly, base_version_id: base?.id ?? null };
      await unwrap(api.PATCH("/v1/blocks/{block_id}", { params: { path }, body }));
      const versions = api.GET("/v1/blocks/{block_id}/versions", { params: { path, query: { limit: 1 } } });
      return (await unwrap(versions))[0] ?? null;
    },
    onSettled: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.block(blockId) }),
        client.invalidateQueries({ queryKey: ["agent"] }),
        client.invalidateQueries({ queryKey: ["context"] }),
      ]);
    },
  });
}
