"use client";
import { CircleHelp, Menu as MenuIcon, Moon, Search, Sun } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import type { ReactNode } from "react";
import type { Operation } from "@/lib/client/api/code";
import { AccountMenu } from "../access/account-menu";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Menu, MenuItem } from "../ui/menu";
import { useHasAccounts } from "./access-mode";
import { CopyAsCode } from "./copy-as-code";
import { ALL_PAGES, PAGES, type Page, REST } from "./pages";
import { useShortcuts } from "./shortcuts";

type HeaderProps = {
  children?: ReactNode;
  /** For a page that needs the bar for itself. */
  compact?: boolean;
  /** What is on the page, for those who want it as a program. */
  code?: readonly Operation[];
};

/** The bar above every page: where one is, what the page says of itself, and what is always at hand. */
export function AppHeader({ children, compact = false, code = [] }: HeaderProps) {
  const { setPaletteOpen, showKeys } = useShortcuts();
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b bg-panel px-2 sm:px-3">
      <nav aria-label="Pages" className="flex items-center">
        <Link href="/agents" className={cn("px-1.5 font-semibold", compact && "hidden lg:inline")} aria-label="Memoir">
          Memoir
        </Link>
        {PAGES.map((page) => (
          <PageLink key={page.href} {...page} compact={compact} />
        ))}
        <MorePages />
      </nav>
      <div className="flex min-w-0 flex-1 items-center gap-2">{children}</div>
      {code.length > 0 && <CopyAsCode operations={code} />}
      <Button tone="plain" size="sm" onClick={() => setPaletteOpen(true)} aria-label="Search everything (⌘K)">
        <Search />
        <span className="hidden text-muted sm:inline">⌘K</span>
      </Button>
      <Button tone="ghost" size="icon-sm" className="hidden sm:inline-flex" aria-label="Keys (?)" onClick={showKeys}>
        <CircleHelp />
      </Button>
      <ThemeButton />
      {useHasAccounts() && <AccountMenu />}
    </header>
  );
}

function PageLink({ href, name, icon: Icon, compact }: Page & { compact: boolean }) {
  const path = usePathname();
  return (
    <Link
      href={href}
      aria-label={name}
      aria-current={path.startsWith(href) ? "page" : undefined}
      className={cn(
        "hidden h-7 items-center gap-1.5 rounded-md px-2 text-muted hover:bg-hover hover:text-foreground aria-[current=page]:text-foreground",
        compact ? "lg:flex" : "sm:flex",
      )}
    >
      <Icon className="size-3.5" aria-hidden />
      <span className={cn("hidden", compact ? "2xl:inline" : "lg:inline")}>{name}</span>
    </Link>
  );
}

/** The other pages; on a narrow screen all of them. */
function MorePages() {
  const path = usePathname();
  const router = useRouter();
  const here = REST.find(({ href }) => path.startsWith(href));
  return (
    <Menu
      trigger={
        <Button tone="ghost" size="sm" aria-label="More pages">
          <MenuIcon />
          {here && <span className="hidden sm:inline">{here.name}</span>}
        </Button>
      }
    >
      {ALL_PAGES.map(({ href, name, icon: Icon }) => (
        <MenuItem
          key={href}
          onSelect={() => router.push(href)}
          aria-current={path.startsWith(href) ? "page" : undefined}
        >
          <Icon aria-hidden /> {name}
        </MenuItem>
      ))}
    </Menu>
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
