"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import type { Paged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { BlockVersion } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { signed } from "@/lib/client/time/timeline";
import { diffTexts } from "@/lib/client/time/word-diff";
import { DiffText } from "../context/diff-text";
import { Ago, Empty } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

type VersionListProps = {
  blockId: string;
  /** Newest first. */
  versions: readonly BlockVersion[];
  /** Where they come from, and more of them. */
  list: Paged<BlockVersion>;
  /** The version that is in force where one looks. */
  current: string | null;
  onStep: (stepId: string) => void;
};

/** Every version of a block with what it changed of the one before, who made it, and a way back to it. */
export function VersionList({ blockId, versions, list, current, onStep }: VersionListProps) {
  const [chosenId, setChosenId] = useState(current);
  const at = Math.max(
    versions.findIndex((version) => version.id === chosenId),
    0,
  );
  const chosen = versions[at];
  // A version is shown by what it changed of the one before: that one is needed, and the chosen one itself.
  const isAway = chosenId !== null && chosen?.id !== chosenId;
  const needsMore = list.hasMore && !list.moreError && (isAway || at === versions.length - 1);
  const { loadMore, isLoadingMore } = list;
  useEffect(() => {
    if (needsMore && !isLoadingMore) loadMore();
  }, [needsMore, isLoadingMore, loadMore]);
  if (!chosen) return <Empty title="No versions">Each save, by a person or by the agent, makes one.</Empty>;
  return (
    <div className="flex h-full min-h-0 flex-col sm:flex-row">
      <ul
        className="max-h-52 shrink-0 overflow-auto border-line border-b sm:max-h-none sm:w-72 sm:border-r sm:border-b-0"
        aria-label="Versions"
      >
        {versions.map((version, index) => (
          <li key={version.id}>
            <button
              type="button"
              aria-current={version.id === chosen.id}
              onClick={() => setChosenId(version.id)}
              className="w-full border-line border-b px-3 py-1.5 text-left hover:bg-hover aria-current:bg-active"
            >
              <span className="flex gap-2">
                <span className="font-medium">v{version.number}</span>
                <span className="truncate font-mono text-sm leading-5">{version.operation}</span>
                {(index < versions.length - 1 || !list.hasMore) && (
                  <Delta version={version} previous={versions[index + 1]} />
                )}
              </span>
              <span className="flex justify-between gap-2 text-muted text-sm">
                <CauseLine cause={version.cause} />
                <Ago at={version.created_at} />
              </span>
            </button>
          </li>
        ))}
        {list.hasMore && (
          <li className="px-3">
            <ListEnd list={list} what="versions" total={versions[0]?.number} />
          </li>
        )}
      </ul>
      <VersionDetail
        key={chosen.id}
        blockId={blockId}
        version={chosen}
        previous={versions[at + 1] ?? null}
        isHead={at === 0}
        onStep={onStep}
      />
    </div>
  );
}

function Delta({ version, previous }: { version: BlockVersion; previous: BlockVersion | undefined }) {
  const delta = version.value.length - (previous?.value.length ?? 0);
  return (
    <span className={cn("ml-auto shrink-0 text-sm", delta < 0 ? "text-error" : "text-files")}>
      {signed(delta)} chars
    </span>
  );
}

type VersionDetailProps = {
  blockId: string;
  version: BlockVersion;
  previous: BlockVersion | null;
  isHead: boolean;
  onStep: (stepId: string) => void;
};

function VersionDetail({ blockId, version, previous, isHead, onStep }: VersionDetailProps) {
  const client = useQueryClient();
  const parts = useMemo(() => diffTexts(previous?.value ?? "", version.value), [previous, version]);
  const revert = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/blocks/{block_id}/revert", {
          params: { path: { block_id: blockId } },
          body: { version_id: version.id },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.block(blockId) }),
        client.invalidateQueries({ queryKey: ["agent"] }),
      ]),
  });
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-2 overflow-auto p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium">
          {previous ? `Version ${previous.number} → ${version.number}` : `Version ${version.number}, the first`}
        </h3>
        <span className="text-muted text-sm">{formatCount(version.value.length)} characters</span>
        <CauseLine cause={version.cause} onStep={onStep} />
        {!isHead && (
          <Button size="sm" className="ml-auto" disabled={revert.isPending} onClick={() => revert.mutate()}>
            <RotateCcw /> {revert.isPending ? "Reverting…" : `Revert to version ${version.number}`}
          </Button>
        )}
      </div>
      {revert.isError && <Problem error={revert.error} className="m-0" />}
      <DiffText parts={parts} />
    </div>
  );
}
