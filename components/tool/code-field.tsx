"use client";
import dynamic from "next/dynamic";
import { cn } from "../ui/cn";
import { Skeleton } from "../ui/skeleton";
import type { CodeEditorProps } from "./code-editor";

const CodeEditor = dynamic(() => import("./code-editor"), {
  ssr: false,
  loading: () => <Skeleton className="h-full w-full rounded-none opacity-50" />,
});

/** The editor, loaded when it is first needed. It keeps its place meanwhile. */
export function CodeField({ className, ...props }: CodeEditorProps & { className?: string }) {
  return (
    <div className={cn("h-96 overflow-hidden rounded-md border border-line-strong", className)}>
      <CodeEditor {...props} />
    </div>
  );
}
