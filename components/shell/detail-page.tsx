"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "@/lib/client/api/api-error";
import type { Operation } from "@/lib/client/api/code";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";
import { AppHeader } from "./app-header";
import { Problem } from "./problem";

/** The list that a page's thing stands in. */
export type ListPlace = { href: string; name: string };

type DetailPageProps<T> = {
  record: UseQueryResult<T>;
  list: ListPlace;
  /** What it is, as in "Loading the folder". */
  what: string;
  code: readonly Operation[];
  children: (record: T) => ReactNode;
};

/** The page of one thing: it is loading, is not there, or is shown. The tab has its name. */
export function DetailPage<T extends { name: string }>({ record, list, what, code, children }: DetailPageProps<T>) {
  const name = record.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · Memoir`;
  }, [name]);
  return (
    <>
      <AppHeader code={code} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        {record.data ? (
          <PageBody>{children(record.data)}</PageBody>
        ) : record.isError ? (
          <Missing list={list} error={record.error} onRetry={() => void record.refetch()} />
        ) : (
          <SkeletonRows rows={12} label={`Loading ${what}`} />
        )}
      </main>
    </>
  );
}

/** What stands on the page of one thing, also of one that is being made. */
export function PageBody({ children }: { children: ReactNode }) {
  return <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">{children}</div>;
}

type MissingProps = { list: ListPlace; error: unknown; onRetry: () => void };

function Missing({ list, error, onRetry }: MissingProps) {
  const gone = error instanceof ApiError && [404, 422].includes(error.status);
  return (
    <>
      <Problem error={error} {...(gone ? {} : { onRetry })} />
      <Button asChild className="ml-3">
        <Link href={list.href}>All {list.name.toLowerCase()}</Link>
      </Button>
    </>
  );
}

type DetailHeadProps = {
  list: ListPlace;
  title: ReactNode;
  note?: ReactNode;
  /** Where they stand beside a title of several lines. */
  align?: "start" | "end";
  /** What can be done with it. */
  children?: ReactNode;
};

/** Where one is, what is shown, and what can be done with it. */
export function DetailHead({ list, title, note, align = "start", children }: DetailHeadProps) {
  return (
    <div className={cn("flex flex-wrap gap-2", align === "end" ? "items-end" : "items-start")}>
      <div className="min-w-0 flex-1 basis-64">
        <p className="text-muted text-sm">
          <Link href={list.href} className="hover:underline">
            {list.name}
          </Link>{" "}
          /
        </p>
        <h1 className="flex flex-wrap items-center gap-2 font-semibold text-xl">{title}</h1>
        {note && <p className="line-clamp-3 break-words text-muted">{note}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

const ASIDE = {
  sm: "lg:grid-cols-[minmax(0,1fr)_280px]",
  md: "lg:grid-cols-[minmax(0,1fr)_320px]",
  lg: "lg:grid-cols-[minmax(0,1fr)_360px]",
};

type DetailColumnsProps = {
  children: ReactNode;
  aside: ReactNode;
  width?: keyof typeof ASIDE;
  gap?: "gap-4" | "gap-6" | "gap-8";
};

/** What matters most, and beside it, where there is room, what belongs to it. */
export function DetailColumns({ children, aside, width = "lg", gap = "gap-4" }: DetailColumnsProps) {
  return (
    <div className={cn("grid gap-6", ASIDE[width])}>
      <div className={cn("flex min-w-0 flex-col", gap)}>{children}</div>
      <div className={cn("flex min-w-0 flex-col", gap)}>{aside}</div>
    </div>
  );
}
