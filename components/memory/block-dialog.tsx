"use client";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { usePaged } from "@/lib/client/api/paged";
import type { Block, BlockVersion } from "@/lib/client/api/wire";
import { blockAgentsQuery, blockVersionsList } from "@/lib/client/memory/memory-queries";
import { Id } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";
import { Tabs } from "../ui/tabs";
import { BlameView } from "./blame-view";
import { BlockEditor, type EditedBlock } from "./block-editor";
import { PolicyPane } from "./policy-form";
import { VersionList } from "./version-list";

type BlockDialogProps = {
  block: EditedBlock & Pick<Block, "label">;
  /** The version in force at the step that is shown; null is now. */
  past: BlockVersion | null;
  /** Whether the agent still has it; what it had once can be looked at. */
  isAttached: boolean;
  onClose: () => void;
  onStep: (stepId: string) => void;
};

type Tab = "edit" | "versions" | "blame" | "policy";

/** One block: its text, its history, and who wrote which part. */
export function BlockDialog({ block, past, isAttached, onClose, onStep }: BlockDialogProps) {
  const [tab, setTab] = useState<Tab>("edit");
  const list = usePaged(blockVersionsList(block.id));
  const goToStep = (stepId: string) => {
    onClose();
    onStep(stepId);
  };
  const loaded = (show: (versions: readonly BlockVersion[]) => ReactNode) =>
    list.items ? (
      show(list.items)
    ) : list.error ? (
      <Problem error={list.error} onRetry={list.refetch} />
    ) : (
      <SkeletonRows rows={8} label="Loading versions" />
    );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={past ? `${block.label}, as of version ${past.number}` : block.label}
      description={isAttached ? <Sharing blockId={block.id} /> : <Gone blockId={block.id} />}
      width="xl"
    >
      <Tabs
        label={`Block ${block.label}`}
        value={tab}
        onChange={setTab}
        tabs={[
          {
            value: "edit",
            label: past ? "Text" : "Edit",
            content: loaded((versions) => (
              <BlockEditor
                key={past?.id ?? block.id}
                block={block}
                past={past}
                head={versions[0] ?? null}
                onGone={onClose}
              />
            )),
          },
          {
            value: "versions",
            label: `Versions${list.items ? ` (${list.items[0]?.number ?? 0})` : ""}`,
            content: loaded((versions) => (
              <VersionList
                blockId={block.id}
                list={list}
                versions={versions}
                current={past?.id ?? versions[0]?.id ?? null}
                canAct={isAttached}
                onStep={goToStep}
              />
            )),
          },
          {
            value: "blame",
            label: "Blame",
            content: <BlameView blockId={block.id} versionId={past?.id ?? null} onStep={goToStep} />,
          },
          ...(isAttached && !past
            ? [
                {
                  value: "policy" as const,
                  label: "Policy",
                  content: loaded((versions) => (
                    <PolicyPane blockId={block.id} value={versions[0]?.value ?? block.value} />
                  )),
                },
              ]
            : []),
        ]}
      />
    </Dialog>
  );
}

function Sharing({ blockId }: { blockId: string }) {
  const agents = useQuery(blockAgentsQuery(blockId));
  const names = agents.data?.map((agent) => agent.name) ?? [];
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Id id={blockId} />
      {names.length > 1 && <span>shared by {names.join(", ")}: a change is seen by all of them</span>}
    </span>
  );
}

function Gone({ blockId }: { blockId: string }) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Id id={blockId} />
      <span>the agent no longer has it</span>
    </span>
  );
}
