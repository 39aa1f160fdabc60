"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSettled } from "../screen/use-settled";
import { toolSourceQuery } from "./tool-queries";
import { problemOfJson, type SourceLanguage, type SourceProblem } from "./tools";

const SETTLED_MS = 400;

export type Draft = {
  code: string;
  /** The schema that the source means; null while it has a problem. */
  schema: Record<string, unknown> | null;
  problem: SourceProblem | null;
  /** A failure that is not the source's. */
  error: Error | null;
  /** The schema is not of this source yet. */
  isReading: boolean;
};

/** What a source means, read by the server once one stops typing. That a schema is no JSON is said at once. */
export function useSource(language: SourceLanguage, code: string): Draft {
  const settled = useSettled(code, SETTLED_MS);
  const broken = language === "json" ? problemOfJson(code) : null;
  const read = useQuery({
    ...toolSourceQuery(language, settled),
    enabled: broken === null,
    placeholderData: keepPreviousData,
  });
  if (broken) return { code, schema: null, problem: broken, error: null, isReading: false };
  return {
    code,
    schema: read.data?.schema ?? null,
    problem: read.data?.error ?? null,
    error: read.error,
    isReading: settled !== code || read.isFetching,
  };
}
