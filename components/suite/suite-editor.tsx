"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSettled } from "@/lib/client/screen/use-settled";
import { suiteCheckQuery } from "@/lib/client/suite/suite-queries";
import { CodeField } from "../tool/code-field";

const SETTLE_MS = 300;

type SuiteEditorProps = { source: string; onChange: (source: string) => void; className?: string };

/** A suite's file, with what is wrong with it at its lines and, for those who don't see these, in a list. */
export function SuiteEditor({ source, onChange, className }: SuiteEditorProps) {
  const settled = useSettled(source, SETTLE_MS);
  const check = useQuery({ ...suiteCheckQuery(settled), enabled: settled.trim() !== "" });
  const problems = check.data?.problems;
  const marked = useMemo(() => problems?.map(({ line, message }) => ({ line, message })) ?? [], [problems]);
  return (
    <div className="flex flex-col gap-2">
      <CodeField
        label="The suite's file"
        language={source.trimStart().startsWith("{") ? "json" : "yaml"}
        value={source}
        onChange={onChange}
        problems={marked}
        className={className ?? "h-[60vh]"}
      />
      <div role="status" className="text-sm">
        {problems?.length === 0 && (
          <p className="text-muted">
            The file is good: {check.data!.cases} {check.data!.cases === 1 ? "case" : "cases"}.
          </p>
        )}
        {problems && problems.length > 0 && (
          <ul className="flex flex-col gap-0.5" aria-label="What is wrong with the file">
            {problems.map(({ line, column, path, message }) => (
              <li key={`${line}:${column}:${path}`} className="break-words">
                <span className="text-error tabular-nums">
                  line {line}, column {column}
                </span>{" "}
                {path && <code className="font-mono text-muted text-xs">{path}</code>} {message}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
