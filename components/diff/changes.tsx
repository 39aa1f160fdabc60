"use client";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useChangeSteps } from "@/lib/client/diff/use-change-steps";
import { type Command, useCommands } from "../shell/shortcuts";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

type ChangesProps = { label: string; children: ReactNode; className?: string };

/** A frame around diffs, which scrolls to the first change and goes from one to the next, by `n` and `p` or by button. */
export function Changes({ label, children, className }: ChangesProps) {
  const frame = useRef<HTMLElement>(null);
  const { count, at, go } = useChangeSteps(frame);
  const commands = useMemo<Command[]>(
    () => [
      { id: "next-change", group: "Changes", title: "Next change", keys: "n", run: () => go(1) },
      { id: "previous-change", group: "Changes", title: "Previous change", keys: "p", run: () => go(-1) },
    ],
    [go],
  );
  useCommands(commands);
  useKeysInDialog(frame, commands);
  return (
    <div className={cn("flex min-h-0 flex-col", className)}>
      <div className="flex h-8 shrink-0 items-center gap-1 border-line border-b px-3 text-muted text-sm">
        <span role="status">
          {count === 0
            ? "No changes"
            : at === null
              ? `${count} ${count === 1 ? "change" : "changes"}`
              : `Change ${at + 1} of ${count}`}
        </span>
        <span className="ml-auto flex gap-1">
          <Step name="Previous change" keys="p" disabled={count === 0} onClick={() => go(-1)}>
            <ArrowUp />
          </Step>
          <Step name="Next change" keys="n" disabled={count === 0} onClick={() => go(1)}>
            <ArrowDown />
          </Step>
        </span>
      </div>
      <section
        ref={frame}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-auto"
      >
        {children}
      </section>
    </div>
  );
}

type StepProps = { name: string; keys: string; disabled: boolean; onClick: () => void; children: ReactNode };

function Step({ name, keys, disabled, onClick, children }: StepProps) {
  return (
    <Button
      tone="ghost"
      size="icon-sm"
      aria-label={name}
      aria-keyshortcuts={keys}
      title={`${name} (${keys})`}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

/** The page's own keys rest while a dialog is open: in a dialog the frame listens itself. */
function useKeysInDialog(frame: { current: HTMLElement | null }, commands: readonly Command[]): void {
  useEffect(() => {
    const dialog = frame.current?.closest<HTMLElement>('[role="dialog"]');
    if (!dialog) return;
    function onKey(event: KeyboardEvent) {
      const isField = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (isField || event.metaKey || event.ctrlKey || event.altKey) return;
      const command = commands.find((one) => one.keys === event.key.toLowerCase());
      if (!command) return;
      event.preventDefault();
      command.run();
    }
    dialog.addEventListener("keydown", onKey);
    return () => dialog.removeEventListener("keydown", onKey);
  }, [commands, frame]);
}
