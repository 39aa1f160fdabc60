"use client";
import { CircleCheck } from "lucide-react";
import { useEffect, useState } from "react";
import type { Paged } from "@/lib/client/api/paged";
import type { Block, BlockVersion } from "@/lib/client/api/wire";
import { type BlockAct, describeAct, useBlockActs } from "@/lib/client/memory/use-block-acts";
import { signed } from "@/lib/client/time/timeline";
import { Ago, Empty } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";
import { VersionDetail } from "./version-detail";

type VersionListProps = {
  blockId: string;
  /** Newest first. */
  versions: readonly BlockVersion[];
  /** Where they come from, and older ones. */
  list: Paged<BlockVersion>;
  /** The version that is in force where one looks. */
  current: string | null;
  /** Whether versions can be undone and restored: not of a block that is gone. */
  canAct: boolean;
  onStep: (stepId: string) => void;
};

/** Every version of a block with what it changed of the one before, who made it, and a way back from it. */
export function VersionList({ blockId, versions, list, current, canAct, onStep }: VersionListProps) {
  const [chosenId, setChosenId] = useState(current);
  const act = useBlockActs(blockId);
  const at = Math.max(
    versions.findIndex((version) => version.id === chosenId),
    0,
  );
  const [head, chosen, previous] = [versions[0], versions[at], versions[at + 1] ?? null];
  // What the oldest one loaded changed is told by the one before it.
  const lacksPrevious = chosen !== undefined && previous === null && list.hasMore && !list.moreError;
  const { loadMore, isLoadingMore } = list;
  useEffect(() => {
    if (lacksPrevious && !isLoadingMore) loadMore();
  }, [lacksPrevious, isLoadingMore, loadMore]);

  if (!head || !chosen) return <Empty title="No versions">Each save, by a person or by the agent, makes one.</Empty>;
  return (
    <div className="flex h-full min-h-0 flex-col">
      {act.isError && <Problem error={act.error} />}
      {act.isSuccess && (
        <Done act={act.variables} block={act.data} versions={versions} chosen={chosen} onShow={setChosenId} />
      )}
      <div className="flex min-h-0 flex-1 flex-col sm:flex-row">
        <div className="max-h-40 shrink-0 overflow-auto border-line border-b sm:max-h-none sm:w-72 sm:border-r sm:border-b-0">
          <ul aria-label="Versions">
            {versions.map((version, index) => (
              <li key={version.id}>
                <VersionRow
                  version={version}
                  previous={versions[index + 1]}
                  isChosen={version.id === chosen.id}
                  onChoose={() => setChosenId(version.id)}
                />
              </li>
            ))}
          </ul>
          <div className="px-3">
            <ListEnd list={list} what="versions" total={head.number} />
          </div>
        </div>
        {lacksPrevious ? (
          <SkeletonRows rows={8} label="Loading the version before" />
        ) : (
          <VersionDetail
            key={chosen.id}
            version={chosen}
            previous={previous}
            head={head}
            busy={act.isPending}
            canAct={canAct}
            onAct={act.mutate}
            onStep={onStep}
          />
        )}
      </div>
    </div>
  );
}

type VersionRowProps = {
  version: BlockVersion;
  previous: BlockVersion | undefined;
  isChosen: boolean;
  onChoose: () => void;
};

function VersionRow({ version, previous, isChosen, onChoose }: VersionRowProps) {
  return (
    <button
      type="button"
      aria-current={isChosen}
      onClick={onChoose}
      className="w-full border-line border-b px-3 py-1.5 text-left hover:bg-hover aria-current:bg-active"
    >
      <span className="flex gap-2">
        <span className="font-medium">v{version.number}</span>
        <span className="truncate font-mono text-sm leading-5">{version.operation}</span>
        {(previous || version.number === 1) && <Delta version={version} previous={previous} />}
      </span>
      <span className="flex justify-between gap-2 text-muted text-sm">
        <CauseLine cause={version.cause} />
        <Ago at={version.created_at} />
      </span>
    </button>
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

type DoneProps = {
  act: BlockAct;
  block: Block;
  versions: readonly BlockVersion[];
  chosen: BlockVersion;
  onShow: (versionId: string) => void;
};

/** What was done, and as which version. Nothing was overwritten: that version can be undone like any other. */
function Done({ act, block, versions, chosen, onShow }: DoneProps) {
  const made = versions.find((version) => version.id === block.head_version_id);
  return (
    <p role="status" className="flex flex-wrap items-center gap-2 border-line border-b bg-files/10 px-4 py-1.5">
      <CircleCheck className="size-4 shrink-0 text-files" aria-hidden />
      <span className="min-w-0 break-words">
        {describeAct(act)}
        {made && `: version ${made.number}`}.
      </span>
      {made && made.id !== chosen.id && (
        <Button size="sm" onClick={() => onShow(made.id)}>
          Show version {made.number}
        </Button>
      )}
    </p>
  );
}
