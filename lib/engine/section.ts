/**
 * One typed piece of a context window. `render` joins the texts of the prompt sections into the system prompt;
 * `measure` counts them; nothing is ever parsed back out of a prompt.
 */
export type Section = {
  kind: SectionKind;
  /** What tells sections of one kind apart: a block's label, a directory's name; otherwise the kind. */
  label: string;
  text: string;
  source: SectionSource;
};

export type SectionKind =
  | "instructions"
  | "memory-intro"
  | "memory-block"
  | "memory-outro"
  | "tool-rules"
  | "directories"
  | "metadata"
  | "skills"
  | "tools"
  | "summary"
  | "messages";

/** Where the text of a section came from, so that its cause can be found. */
export type SectionSource =
  | { type: "agent-version"; id: string }
  | { type: "block-version"; id: string; blockId: string }
  | { type: "compile" }
  | { type: "request" }
  | { type: "tools" }
  | { type: "message"; id: string }
  | { type: "messages"; ranges: [number, number | null][] };
