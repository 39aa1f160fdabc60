import { editsOf, merge } from "@/lib/text/merge";
import { undoOf } from "@/lib/text/undo";

/** Whether the change from one text to the next can be taken back from today's text: the server does the same. */
export type UndoPreview = "possible" | "nothing-left" | "in-the-way";

export function previewUndo(previous: string, version: string, today: string, changesSettings: boolean): UndoPreview {
  const value = merge(undoOf(previous, version), editsOf(version, today));
  if (value === null) return "in-the-way";
  return value === today && !changesSettings ? "nothing-left" : "possible";
}
