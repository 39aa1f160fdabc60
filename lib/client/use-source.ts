"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { toolSchemaQuery } from "./tool-queries";
import { problemOfJson, problemOfSource, type SourceLanguage, type SourceProblem } from "./tools";
import { useSettled } from "./use-settled";

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

/** What a source means, read by the server once one stops typing. A schema alone is read here. */
export function useSource(language: SourceLanguage, code: string): Draft {
  const settled = useSettled(code, SETTLED_MS);
  const isSchema = language === "json";
  const read = useQuery({
    ...toolSchemaQuery(isSchema ? "python" : language, settled),
    enabled: !isSchema,
    placeholderData: keepPreviousData,
  });
  if (isSchema) {
    const problem = problemOfJson(code);
    const schema = problem ? null : (JSON.parse(code) as Record<string, unknown>);
    return { code, schema, problem, error: null, isReading: false };
  }
  const problem = problemOfSource(read.error);
  return {
    code,
    schema: read.isError ? null : (read.data ?? null),
    problem,
    error: problem ? null : read.error,
    isReading: settled !== code || read.isFetching,
  };
}
