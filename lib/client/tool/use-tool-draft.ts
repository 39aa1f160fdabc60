"use client";
import { useState } from "react";
import type { Tool } from "../api/wire";
import {
  changesOf,
  type DraftProblems,
  draftOf,
  hasProblem,
  readDraft,
  type ToolBody,
  type ToolDraft,
} from "./tool-draft";

/** The settings of a tool, or of a new one, while they are being changed. */
export type ToolDraftState = {
  draft: ToolDraft;
  /** As it would be sent. */
  body: ToolBody;
  /** What of it is not as it is kept. */
  changes: Partial<ToolBody>;
  problems: DraftProblems;
  isDirty: boolean;
  isValid: boolean;
  change: (part: Partial<ToolDraft>) => void;
  discard: () => void;
};

export function useToolDraft(tool: Tool | null): ToolDraftState {
  const [typed, setTyped] = useState<Partial<ToolDraft>>({});
  const metadata = tool?.metadata_ ?? {};
  const saved = draftOf(tool);
  const draft = { ...saved, ...typed };
  const { body, problems } = readDraft(draft, metadata);
  const changes = changesOf(readDraft(saved, metadata).body, body);
  const isValid = !hasProblem(problems);
  return {
    draft,
    body,
    changes,
    problems,
    isDirty: Object.keys(changes).length > 0 || !isValid,
    isValid,
    change: (part) => setTyped((before) => ({ ...before, ...part })),
    discard: () => setTyped({}),
  };
}
