"use client";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { Dialog } from "../ui/dialog";

export type Command = {
  id: string;
  title: string;
  group: string;
  /** As `KeyboardEvent.key` says it; with ⌘ or Ctrl written `mod+k`. */
  keys?: string;
  /** More words by which the palette finds it. */
  words?: string[];
  run: () => void;
};

type Shortcuts = {
  commands: readonly Command[];
  register: (commands: readonly Command[]) => () => void;
  paletteOpen: boolean;
  setPaletteOpen: (open: boolean) => void;
  showKeys: () => void;
};

const Context = createContext<Shortcuts | null>(null);

export function useShortcuts(): Shortcuts {
  const value = useContext(Context);
  if (!value) throw new Error("useShortcuts outside of ShortcutsProvider");
  return value;
}

/** Offers commands, by key and in the palette, as long as the component is mounted. `commands` must be memoized. */
export function useCommands(commands: readonly Command[]): void {
  const { register } = useShortcuts();
  useEffect(() => register(commands), [commands, register]);
}

/** Keeps the commands that are on offer, listens for their keys, and lists the keys under `?`. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const [groups, setGroups] = useState<readonly (readonly Command[])[]>([]);
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [keysOpen, setKeysOpen] = useState(false);
  const commands = useMemo(() => groups.flat(), [groups]);
  const current = useRef(commands);
  current.current = commands;

  const register = useCallback((added: readonly Command[]) => {
    setGroups((before) => [...before, added]);
    return () => setGroups((before) => before.filter((group) => group !== added));
  }, []);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      // A dialog that closes on Escape has used it.
      if (event.defaultPrevented) return;
      const key = nameOf(event);
      if (key === "mod+k") {
        event.preventDefault();
        setPaletteOpen((open) => !open);
        return;
      }
      if (isTyping(event) || document.querySelector('[role="dialog"],[role="menu"]')) return;
      if (key === "?") {
        event.preventDefault();
        setKeysOpen(true);
        return;
      }
      const command = current.current.findLast((one) => one.keys === key);
      if (!command || scrollsSideways(event)) return;
      event.preventDefault();
      command.run();
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  // Stable: commands are made from it, and what made them anew at each change would go round for ever.
  const showKeys = useCallback(() => setKeysOpen(true), []);
  const value = useMemo<Shortcuts>(
    () => ({ commands, register, paletteOpen, setPaletteOpen, showKeys }),
    [commands, paletteOpen, register, showKeys],
  );
  return (
    <Context.Provider value={value}>
      {children}
      <Dialog open={keysOpen} onOpenChange={setKeysOpen} title="Keys" width="sm">
        <KeyList commands={commands} />
      </Dialog>
    </Context.Provider>
  );
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.metaKey || event.ctrlKey) return `mod+${key}`;
  return event.shiftKey && event.key.length > 1 ? `shift+${key}` : key;
}

/** ← and → belong to what is focused if it scrolls sideways: a long line of code, a wide table. */
function scrollsSideways({ key, target }: KeyboardEvent): boolean {
  if ((key !== "ArrowLeft" && key !== "ArrowRight") || !(target instanceof HTMLElement)) return false;
  return target.scrollWidth > target.clientWidth && /auto|scroll/.test(getComputedStyle(target).overflowX);
}

/** Keys that a field, or a control that has its own use for them, must get. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return (
    event.key.startsWith("Arrow") && target.closest('[role="separator"],[role="tablist"],[role="slider"]') !== null
  );
}

const GENERAL: readonly { title: string; keys: string }[] = [
  { title: "Search everything", keys: "mod+k" },
  { title: "This list", keys: "?" },
  { title: "Send the message", keys: "Enter" },
  { title: "New line in the message", keys: "shift+Enter" },
];

const SYMBOLS: Record<string, string> = {
  mod: "⌘/Ctrl",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  shift: "⇧",
  Enter: "⏎",
};

function KeyList({ commands }: { commands: readonly Command[] }) {
  const listed = [...GENERAL, ...commands.filter((command) => command.keys !== undefined)];
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-1.5 p-4">
      {listed.map((one) => (
        <div key={one.title} className="contents">
          <dt>{one.title}</dt>
          <dd>
            <Keys keys={one.keys ?? ""} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Keys({ keys }: { keys: string }) {
  return (
    <kbd className="flex gap-1 font-sans">
      {keys.split("+").map((key) => (
        <span key={key} className="rounded-sm border border-line px-1 text-muted text-xs">
          {SYMBOLS[key] ?? key.toUpperCase()}
        </span>
      ))}
    </kbd>
  );
}
