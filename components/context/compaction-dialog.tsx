"use client";
import { useQueries, useQuery } from "@tanstack/react-query";
import { FoldVertical, Undo2 } from "lucide-react";
import { useState } from "react";
import type { CompactionPreview } from "@/lib/client/api/wire";
import { formatCount, formatShare } from "@/lib/client/screen/format";
import { compactionQuery, MODES, type Mode, previewQuery, useCompaction } from "@/lib/client/time/compaction";
import { Field } from "../form/field";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { Leaving } from "./leaving-messages";

type Where = { agentId: string; conversationId: string };

/** A way to look at a compaction before it happens, and to take the newest one back. */
export function CompactionButton(where: Where) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        <FoldVertical /> Compact…
      </Button>
      {open && <CompactionDialog where={where} onClose={() => setOpen(false)} />}
    </>
  );
}

function CompactionDialog({ where, onClose }: { where: Where; onClose: () => void }) {
  const state = useQuery(compactionQuery(where));
  const acts = useCompaction(where);
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Compact the conversation"
      description="A summary takes the place of old messages in context. Nothing is deleted, and it can be undone."
      width="lg"
    >
      <div className="flex flex-col gap-4 p-4">
        {state.isError && <Problem error={state.error} onRetry={() => void state.refetch()} className="m-0" />}
        {!state.data && !state.isError && <SkeletonRows rows={8} label="Loading what would go" />}
        {state.data?.newest && (
          <Newest newest={state.data.newest} busy={acts.undo.isPending} onUndo={() => acts.undo.mutate()} />
        )}
        {acts.undo.isError && <Problem error={acts.undo.error} className="m-0" />}
        {acts.undo.isSuccess && (
          <p role="status" className="text-files">
            Undone: what it had taken out is in context again.
          </p>
        )}
        {state.data && (
          <Trial
            where={where}
            own={MODES.find(({ mode }) => mode === state.data.mode)?.mode ?? "sliding_window"}
            kept={state.data.kept_message_ids}
            acts={acts}
          />
        )}
      </div>
    </Dialog>
  );
}

type NewestProps = {
  newest: { created_at: string; summary: string; can_undo: boolean; trigger: string };
  busy: boolean;
  onUndo: () => void;
};

function Newest({ newest, busy, onUndo }: NewestProps) {
  return (
    <section
      aria-label="Newest compaction"
      className="flex flex-wrap items-center gap-2 rounded-md border border-line p-2"
    >
      <p className="min-w-0 flex-1 basis-60">
        <span className="text-muted">
          Compacted <Ago at={newest.created_at} />
          {newest.can_undo ? "" : "; its summary is no longer in context"}
        </span>
        <span className="line-clamp-2 break-words text-summary">{newest.summary}</span>
      </p>
      {newest.can_undo && (
        <Button size="sm" disabled={busy} onClick={onUndo}>
          <Undo2 /> Undo
        </Button>
      )}
    </section>
  );
}

type TrialProps = { where: Where; own: Mode; kept: readonly string[]; acts: ReturnType<typeof useCompaction> };

/** Each mode with what it would leave; of the chosen one what goes, the summaries that were tried, and the act. */
function Trial({ where, own, kept, acts }: TrialProps) {
  const [mode, setMode] = useState<Mode>(own);
  const [lines, setLines] = useState("");
  const [tried, setTried] = useState<Partial<Record<Mode, { text: string; seen: CompactionPreview }>>>({});
  const previews = useQueries({ queries: MODES.map((one) => previewQuery(where, one.mode)) });
  const chosen = previews[MODES.findIndex((one) => one.mode === mode)]!;
  const asked = lines.split("\n").filter((line) => line.trim() !== "");
  const { summarize, apply, keep } = acts;
  const written = tried[mode];
  const write = (text: string) => written && setTried({ ...tried, [mode]: { ...written, text } });
  return (
    <>
      <fieldset>
        <legend className="mb-1 font-medium">Mode</legend>
        <ul className="flex flex-col gap-1">
          {MODES.map((one, index) => (
            <li key={one.mode}>
              <label className="flex flex-wrap items-baseline gap-x-2">
                <input
                  type="radio"
                  name="compaction-mode"
                  className="accent-accent"
                  checked={mode === one.mode}
                  onChange={() => setMode(one.mode)}
                />
                <span>{one.name}</span>
                <span className="text-muted text-sm">{one.says}</span>
                <span className="ml-auto text-sm">
                  <Gain preview={previews[index]?.data} error={previews[index]?.error ?? null} />
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      {chosen.isError && <Problem error={chosen.error} onRetry={() => void chosen.refetch()} className="m-0" />}
      {chosen.data && (
        <Leaving
          preview={chosen.data}
          busy={keep.isPending}
          onKeep={(id, stays) => keep.mutate(stays ? [...kept, id] : kept.filter((one) => one !== id))}
        />
      )}
      {keep.isError && <Problem error={keep.error} className="m-0" />}
      <Field label="Lines that must stand in the summary, word for word">
        {(id) => (
          <Textarea id={id} value={lines} onChange={(event) => setLines(event.target.value)} className="min-h-14" />
        )}
      </Field>
      {Object.keys(tried).length > 0 && (
        <ul className="grid gap-3 sm:grid-cols-2" aria-label="Summaries that were tried">
          {MODES.flatMap((one) => {
            const trial = tried[one.mode];
            if (!trial) return [];
            return [
              <li key={one.mode} className={one.mode === mode ? "rounded-md border border-summary p-2" : "p-2"}>
                <p className="flex flex-wrap justify-between gap-2 text-muted text-sm">
                  <span>
                    {one.name}, by {trial.seen.model}
                  </span>
                  <span>≈ {formatCount(trial.seen.tokens_after)} tokens after</span>
                </p>
                {one.mode === mode ? (
                  <Textarea
                    aria-label={`Summary, ${one.name}`}
                    value={trial.text}
                    onChange={(event) => write(event.target.value)}
                    className="min-h-32 text-sm"
                  />
                ) : (
                  <p className="whitespace-pre-wrap break-words text-sm">{trial.text}</p>
                )}
              </li>,
            ];
          })}
        </ul>
      )}
      {summarize.isError && <Problem error={summarize.error} className="m-0" />}
      {apply.isError && <Problem error={apply.error} className="m-0" />}
      {apply.isSuccess && !written && (
        <p role="status" className="text-files">
          Compacted. The agent goes on from the summary.
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          disabled={!chosen.data?.evicted.length || summarize.isPending}
          onClick={() =>
            summarize.mutate(
              { mode, lines: asked },
              { onSuccess: (seen) => setTried({ ...tried, [mode]: { text: seen.summary ?? "", seen } }) },
            )
          }
        >
          {summarize.isPending ? "Writing…" : written ? "Write it again" : "Write the summary"}
        </Button>
        <Button
          tone="primary"
          disabled={!written?.text.trim() || apply.isPending}
          onClick={() =>
            written &&
            apply.mutate(
              { mode, lines: asked, summary: written.text, baseSeq: written.seen.next_seq },
              { onSuccess: () => setTried({}) },
            )
          }
        >
          {apply.isPending ? "Compacting…" : "Compact with this summary"}
        </Button>
      </div>
    </>
  );
}

/** What a mode would leave of the context. */
function Gain({ preview, error }: { preview: CompactionPreview | undefined; error: Error | null }) {
  if (!preview) return <span className="text-muted">{error ? "not known" : "…"}</span>;
  if (preview.evicted.length === 0) return <span className="text-muted">nothing to cut</span>;
  return (
    <span>
      {formatCount(preview.evicted.length)} go · ≈ {formatCount(preview.tokens_before)} →{" "}
      {formatCount(preview.tokens_after)} tokens ({formatShare(preview.tokens_after, preview.context_window)})
    </span>
  );
}
