import {
  Bot,
  CalendarClock,
  ChartColumn,
  Contact,
  FlaskConical,
  Folder,
  Inbox,
  Layers,
  LayoutTemplate,
  type LucideIcon,
  Play,
  Settings,
  Wrench,
} from "lucide-react";

export type Page = { href: string; name: string; icon: LucideIcon };

/** In the bar where there is room. */
export const PAGES: readonly Page[] = [
  { href: "/agents", name: "Agents", icon: Bot },
  { href: "/runs", name: "Runs", icon: Play },
  { href: "/dashboard", name: "Dashboard", icon: ChartColumn },
  { href: "/review", name: "Review", icon: Inbox },
  { href: "/tests", name: "Tests", icon: FlaskConical },
  { href: "/tools", name: "Tools", icon: Wrench },
  { href: "/folders", name: "Folders", icon: Folder },
];

/** In the menu beside them. */
export const REST: readonly Page[] = [
  { href: "/schedules", name: "Schedules", icon: CalendarClock },
  { href: "/batches", name: "Batches", icon: Layers },
  { href: "/templates", name: "Templates", icon: LayoutTemplate },
  { href: "/identities", name: "Identities", icon: Contact },
  { href: "/settings", name: "Settings", icon: Settings },
];

export const ALL_PAGES: readonly Page[] = [...PAGES, ...REST];
