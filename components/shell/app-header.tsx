"use client";
import { Bot, CircleHelp, Moon, Play, Search, Settings, Sun } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTheme } from "next-themes";
import type { ReactNode } from "react";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { useShortcuts } from "./shortcuts";

const PAGES = [
  { href: "/agents", name: "Agents", icon: Bot },
  { href: "/runs", name: "Runs", icon: Play },
  { href: "/settings", name: "Settings", icon: Settings },
] as const;

/** The bar above every page: where one is, what the page says of itself, and what is always at hand. */
export function AppHeader({ children, compact = false }: { children?: ReactNode; compact?: boolean }) {
  const path = usePathname();
  const { setPaletteOpen, showKeys } = useShortcuts();
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b bg-panel px-2 sm:px-3">
      <nav aria-label="Pages" className="flex items-center">
        <Link href="/agents" className={cn("px-1.5 font-semibold", compact && "hidden lg:inline")} aria-label="Memoir">
          Memoir
        </Link>
        {PAGES.map(({ href, name, icon: Icon }) => (
          <Link
            key={href}
            href={href}
            aria-label={name}
            aria-current={path.startsWith(href) ? "page" : undefined}
            className="flex h-7 items-center gap-1.5 rounded-md px-2 text-muted hover:bg-hover hover:text-foreground aria-[current=page]:text-foreground"
          >
            <Icon className="size-3.5" aria-hidden />
            <span className={cn("hidden", compact ? "2xl:inline" : "sm:inline")}>{name}</span>
          </Link>
        ))}
      </nav>
      <div className="flex min-w-0 flex-1 items-center gap-2">{children}</div>
      <Button tone="plain" size="sm" onClick={() => setPaletteOpen(true)} aria-label="Search everything (⌘K)">
        <Search />
        <span className="hidden text-muted sm:inline">⌘K</span>
      </Button>
      <Button tone="ghost" size="icon-sm" className="hidden sm:inline-flex" aria-label="Keys (?)" onClick={showKeys}>
        <CircleHelp />
      </Button>
      <ThemeButton />
    </header>
  );
}

function ThemeButton() {
  const { resolvedTheme, setTheme } = useTheme();
  const next = resolvedTheme === "dark" ? "light" : "dark";
  return (
    <Button tone="ghost" size="icon-sm" aria-label="Switch between dark and light" onClick={() => setTheme(next)}>
      <Sun className="hidden dark:block" />
      <Moon className="dark:hidden" />
    </Button>
  );
}
