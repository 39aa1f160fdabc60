"use client";
import { RotateCcw, Undo2 } from "lucide-react";
import { useMemo } from "react";
import type { BlockVersion } from "@/lib/client/api/wire";
import { previewUndo } from "@/lib/client/memory/undo-preview";
import type { BlockAct } from "@/lib/client/memory/use-block-acts";
import { settingsChanged } from "@/lib/client/memory/version-settings";
import { formatCount } from "@/lib/client/screen/format";
import { ERASED } from "@/lib/text/erased";
import { linesOf } from "@/lib/text/line-diff";
import { Changes } from "../diff/changes";
import { LineDiff } from "../diff/line-diff";
import { ErasedNote } from "../erasure/erased-note";
import { CauseLine } from "../shell/cause-line";
import { Button } from "../ui/button";

type VersionDetailProps = {
  version: BlockVersion;
  /** Null before the first. */
  previous: BlockVersion | null;
  head: BlockVersion;
  busy: boolean;
  canAct: boolean;
  onAct: (act: BlockAct) => void;
  onStep: (stepId: string) => void;
};

/** What a version changed of the one before, and what can be done about it. */
export function VersionDetail({ version, previous, head, busy, canAct, onAct, onStep }: VersionDetailProps) {
  const present = useMemo(() => new Set(linesOf(head.value)), [head]);
  const restore = canAct &&
    previous &&
    !busy && { present, line: (line: number, text: string) => onAct({ type: "restore-line", version, line, text }) };
  const settings = previous ? settingsChanged(previous, version) : [];
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex flex-col gap-1.5 px-4 py-2">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h3 className="font-medium">
            {previous ? `Version ${previous.number} → ${version.number}` : `Version ${version.number}, the first`}
          </h3>
          <span className="text-muted text-sm">{formatCount(version.value.length)} characters</span>
          <CauseLine cause={version.cause} onStep={onStep} />
        </div>
        {version.value.includes(ERASED) && <ErasedNote recordId={version.id} />}
        <div className="flex flex-wrap items-center gap-2">
          {canAct && previous && (
            <Undo
              version={version}
              previous={previous}
              head={head}
              busy={busy}
              onAct={onAct}
              settings={settings.length}
            />
          )}
          {canAct && version.id !== head.id && (
            <Button needs="blocks.revert" size="sm" disabled={busy} onClick={() => onAct({ type: "revert", version })}>
              <RotateCcw /> Restore version {version.number}
            </Button>
          )}
        </div>
        {settings.map(({ name, before, after }) => (
          <p key={name} className="break-words text-sm">
            <span className="text-muted">{name}:</span> <del className="removed">{before}</del> →{" "}
            <ins className="added">{after}</ins>
          </p>
        ))}
      </div>
      <Changes label={`What version ${version.number} changed`} className="min-h-0 flex-1 border-line border-t">
        <LineDiff before={previous?.value ?? ""} after={version.value} restore={restore || undefined} />
      </Changes>
    </div>
  );
}

type UndoProps = Pick<VersionDetailProps, "version" | "head" | "busy" | "onAct"> & {
  previous: BlockVersion;
  settings: number;
};

/** Takes the change back on top of today's text where that can be done; where not, says so and offers the whole version. */
function Undo({ version, previous, head, busy, onAct, settings }: UndoProps) {
  const can = useMemo(
    () => previewUndo(previous.value, version.value, head.value, settings > 0),
    [previous, version, head, settings],
  );
  switch (can) {
    case "possible":
      return (
        <Button
          needs="blocks.undo"
          size="sm"
          tone="primary"
          disabled={busy}
          onClick={() => onAct({ type: "undo", version })}
        >
          <Undo2 /> Undo this change
        </Button>
      );
    case "nothing-left":
      return <span className="text-muted text-sm">Nothing of this change is left in today’s text.</span>;
    case "in-the-way":
      return (
        <>
          <span className="text-sm">
            Later versions changed the same words, so this change can’t be undone alone. Restore a line below, or the
            whole version before it.
          </span>
          {previous.id !== head.id && (
            <Button
              needs="blocks.revert"
              size="sm"
              disabled={busy}
              onClick={() => onAct({ type: "revert", version: previous })}
            >
              <RotateCcw /> Restore version {previous.number}
            </Button>
          )}
        </>
      );
  }
}
