"use client";
import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { formatAgo, formatExact, shortId } from "@/lib/client/screen/format";
import { useHydrated } from "@/lib/client/screen/use-hydrated";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

const TICK_MS = 30_000;

/** A moment as a distance from now; the exact time on hover. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const isHydrated = useHydrated();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <time
      dateTime={at}
      title={isHydrated ? formatExact(at) : undefined}
      className={cn("whitespace-nowrap", className)}
      suppressHydrationWarning
    >
      {formatAgo(at, now)}
    </time>
  );
}

const SHOWN_MS = 1200;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      tone="ghost"
      size="icon-sm"
      aria-label={copied ? "Copied" : label}
      title={label}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      {copied ? <Check /> : <Copy />}
    </Button>
  );
}

/** A short id that can be copied whole. */
export function Id({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      aria-label={copied ? "Copied" : `Copy ${id}`}
      title={copied ? "Copied" : `${id} (click to copy)`}
      className="rounded-sm font-mono text-muted text-xs hover:text-foreground"
      onClick={() => void navigator.clipboard.writeText(id).then(() => setCopied(true))}
    >
      {shortId(id)}
    </button>
  );
}

/** A pane with nothing in it, which says what could be. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-8 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-96 text-muted">{children}</div>}
      {action && <div className="mt-1">{action}</div>}
    </div>
  );
}

/** The heading of a part of a pane, with a number and actions beside it. */
export function SectionHead({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex h-9 shrink-0 items-center gap-2 px-3">
      <h2 className="font-medium">{title}</h2>
      {note !== undefined && <span className="truncate text-muted text-sm">{note}</span>}
      <div className="ml-auto flex items-center gap-1">{children}</div>
    </div>
  );
}
