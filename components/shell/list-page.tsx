"use client";
import type { ReactNode } from "react";
import type { Operation } from "@/lib/client/api/code";
import { cn } from "../ui/cn";
import { AppHeader } from "./app-header";

type ListPageProps = {
  title: string;
  code: readonly Operation[];
  /** What can be made here. */
  action: ReactNode;
  /** What is in it scrolls by itself. */
  fixed?: boolean;
  children: ReactNode;
};

/** The page of all things of a kind. */
export function ListPage({ title, code, action, fixed = false, children }: ListPageProps) {
  return (
    <>
      <AppHeader code={code} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <div className={cn("mx-auto flex max-w-5xl flex-col gap-3 p-3 sm:p-6", fixed && "h-full")}>
          <div className="flex flex-wrap items-center gap-2">
            <h1 className="mr-auto font-semibold text-xl">{title}</h1>
            {action}
          </div>
          {children}
        </div>
      </main>
    </>
  );
}
