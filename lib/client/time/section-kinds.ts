/** One idea per colour, the same in the token bar, the time line, blame, diffs and the waterfall. */
export type Kind = "instructions" | "memory" | "tools" | "summary" | "messages" | "files" | "error";

const OF_SECTION: Record<string, Kind> = {
  instructions: "instructions",
  metadata: "instructions",
  skills: "instructions",
  "memory-intro": "memory",
  "memory-block": "memory",
  "memory-outro": "memory",
  "tool-rules": "tools",
  tools: "tools",
  directories: "files",
  summary: "summary",
  messages: "messages",
};

export function kindOfSection(section: string): Kind {
  return OF_SECTION[section] ?? "instructions";
}

export const BACKGROUNDS: Record<Kind, string> = {
  instructions: "bg-instructions",
  memory: "bg-memory",
  tools: "bg-tools",
  summary: "bg-summary",
  messages: "bg-messages",
  files: "bg-files",
  error: "bg-error",
};

export const TEXTS: Record<Kind, string> = {
  instructions: "text-instructions",
  memory: "text-memory",
  tools: "text-tools",
  summary: "text-summary",
  messages: "text-messages",
  files: "text-files",
  error: "text-error",
};

const SECTION_NAMES: Record<string, string> = {
  instructions: "Instructions",
  "memory-intro": "Memory intro",
  "memory-outro": "Memory outro",
  "tool-rules": "Tool rules",
  directories: "Files",
  metadata: "Metadata",
  skills: "Skills",
  tools: "Tool schemas",
  summary: "Summary",
  messages: "Messages",
};

/** What a section is called: a block, a tool and a folder by their label, others by what they are. */
export function sectionName(section: { kind: string; label: string }): string {
  if (section.kind === "tools" && section.label !== "tools") return section.label;
  if (section.kind === "directories" && section.label !== "directories") return section.label;
  return SECTION_NAMES[section.kind] ?? section.label;
}
