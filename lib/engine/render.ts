import type { Block } from "./memory";
import type { Section, SectionSource } from "./section";
import { formatTime } from "./time";

export type CompileInput = {
  /** The agent's instructions; a literal `{CORE_MEMORY}` in them is where the memory goes. */
  system: string;
  /** Whether agents of this type have blocks in their prompt. */
  memoryBlocks: boolean;
  /** Whether the lines of blocks are numbered. */
  lineNumbers: boolean;
  /** In order. `versionId` becomes the source of the block's section. */
  blocks: readonly Block[];
  /** What the tool rules say, one line each. */
  toolRuleLines: readonly string[];
  agentVersionId: string;
  metadata: CompileMetadata;
  directories?: Directories;
  skills?: readonly Skill[];
};

export type CompileMetadata = {
  agentId: string;
  /** `default` or the id of a conversation. */
  conversationId: string;
  /** ISO 8601, UTC. */
  compiledAt: string;
  timezone: string;
  recallCount: number;
  archivalCount: number;
  archivalTags: readonly string[];
};

export type Skill = { name: string; description: string; location: string };

export type Directories = { maxFilesOpen: number; directories: readonly Directory[] };
export type Directory = {
  name: string;
  description: string | null;
  instructions: string | null;
  files: readonly DirectoryFile[];
};
/** `value` is what the agent sees of the file; null while it is closed. */
export type DirectoryFile = {
  name: string;
  description: string | null;
  value: string | null;
  limitChars: number;
  readOnly: boolean;
};

const CORE_MEMORY = "{CORE_MEMORY}";

const LINE_NUMBER_WARNING = `<warning>
# NOTE: Line numbers shown below (with arrows like '1→') are to help during editing. Do NOT include line number prefixes in your memory edit tool calls.
</warning>
`;

const TOOL_RULES_INTRO =
  "The following constraints define rules for tool usage and guide desired behavior. These rules must be followed to ensure proper tool execution and workflow. A single response may contain multiple tool calls.";

/** Joins sections to the system prompt: their texts hold every character of it, the blank lines between them too. */
export function renderPrompt(sections: readonly Section[]): string {
  return sections.map((section) => section.text).join("");
}

/** How much each section weighs. `chars` are Unicode code points. */
export function measure(sections: readonly Section[], countTokens: (text: string) => number) {
  return sections.map(({ kind, label, text }) => ({ kind, label, tokens: countTokens(text), chars: charCount(text) }));
}

/**
 * The sections of a system message, in order: instructions, memory (blocks, tool rules, directories), metadata, skills.
 * The layout is that of Letta V1 (§3.2), and each memory block is a section of its own. With `{CORE_MEMORY}` in the
 * instructions the memory goes there, between two sections of instructions; metadata and skills always come last.
 *
 * Text that others can write (values, descriptions, tags, rules, skills, files) can't forge the layout: see `guardOf`.
 * The instructions are the owner's and stay as they are.
 */
export function compileSections(input: CompileInput): Section[] {
  const guard = guardOf(input.blocks.map((block) => block.label));
  const [head = "", ...tail] = input.system.split(CORE_MEMORY);
  const hasPlace = tail.length > 0;

  const memory = [
    ...(input.memoryBlocks ? [memorySections(input, guard)] : []),
    toolRulesSections(input, guard),
    directorySections(input.directories, guard),
  ].filter((group) => group.length > 0);

  const sections = [
    instructions("instructions", head, input.agentVersionId),
    ...memory.flatMap((group, index) => (hasPlace && index === 0 ? group : afterBlankLine(group))),
    instructions("instructions-after-memory", tail.join(""), input.agentVersionId),
    ...afterBlankLine([metadataSection(input.metadata, guard)]),
    ...afterBlankLine(skillsSections(input.skills ?? [], guard)),
  ];
  return sections.filter((section) => section.text !== "");
}

/** Length in Unicode code points, which is what Letta V1 counts as characters. */
export function charCount(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (isPair) count--;
  }
  return count;
}

type Guard = (text: string) => string;

/** Tags of the layout that hold text of others: closing one early would end that text for the reader. */
const INNER_TAGS = ["description", "metadata", "value", "warning", "instructions", "file"];
/** Tags that begin something of their own: neither form may appear within text of others. */
const OUTER_TAGS = [
  "memory_blocks",
  "memory_metadata",
  "tool_usage_rules",
  "tool_rule",
  "directories",
  "directory",
  "file_limits",
  "available_skills",
  "skill",
];

/**
 * Makes text safe to stand inside the layout: `<` becomes `&lt;` in closing tags of the layout, and in opening tags
 * where these begin a section or a block (`</value>`, `<memory_metadata>`, `<persona>` if there is such a block).
 * Everything else, other markup included, is shown as it is stored; stored values and their lengths aren't affected.
 * `replaceOnce` finds a passage that a model copied in its escaped form.
 */
function guardOf(labels: readonly string[]): Guard {
  const outer = [...OUTER_TAGS, ...labels].map(escapeRegExp).join("|");
  const inner = INNER_TAGS.join("|");
  const structural = new RegExp(`<(?=(?:\\s*/\\s*(?:${inner}|${outer})|\\s*(?:${outer}))(?![a-z0-9_-]))`, "gi");
  return (text) => text.replace(structural, "&lt;");
}

function instructions(label: string, text: string, agentVersionId: string): Section {
  return { kind: "instructions", label, text, source: { type: "agent-version", id: agentVersionId } };
}

function memorySections({ blocks, lineNumbers }: CompileInput, guard: Guard): Section[] {
  if (blocks.length === 0) return [];
  const compiled: SectionSource = { type: "compile" };
  const intro = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n";
  return [
    { kind: "memory-intro", label: "memory-intro", text: intro, source: compiled },
    ...blocks.map((block): Section => {
      const source: SectionSource = { type: "block-version", id: block.versionId, blockId: block.id };
      return { kind: "memory-block", label: block.label, text: blockText(block, lineNumbers, guard), source };
    }),
    { kind: "memory-outro", label: "memory-outro", text: "</memory_blocks>", source: compiled },
  ];
}

function blockText(block: Block, lineNumbers: boolean, guard: Guard): string {
  const value = guard(block.value);
  return `<${block.label}>
<description>
${guard(block.description ?? "")}
</description>
<metadata>
${sizeLines(block)}
</metadata>
${lineNumbers ? LINE_NUMBER_WARNING : ""}<value>
${lineNumbers && value !== "" ? numbered(value) : value}
</value>
</${block.label}>

`;
}

function sizeLines({ value, limitChars, readOnly }: { value: string; limitChars: number; readOnly: boolean }): string {
  return `${readOnly ? "- read_only=true\n" : ""}- chars_current=${charCount(value)}\n- chars_limit=${limitChars}`;
}

function numbered(value: string): string {
  return value
    .split("\n")
    .map((line, index) => `${index + 1}→ ${line}`)
    .join("\n");
}

function toolRulesSections({ toolRuleLines, agentVersionId }: CompileInput, guard: Guard): Section[] {
  if (toolRuleLines.length === 0) return [];
  const rules = toolRuleLines.map((line) => `<tool_rule>\n${guard(line)}\n</tool_rule>\n`).join("");
  const text = `<tool_usage_rules>\n${TOOL_RULES_INTRO}\n\n${rules}</tool_usage_rules>`;
  return [{ kind: "tool-rules", label: "tool-rules", text, source: { type: "agent-version", id: agentVersionId } }];
}

/** One section per directory, after one that opens them; the last one closes them. */
function directorySections(input: Directories | undefined, guard: Guard): Section[] {
  if (!input || input.directories.length === 0) return [];
  const open = input.directories.flatMap((directory) => directory.files).filter((file) => file.value !== null);
  const limits = `- current_files_open=${open.length}\n- max_files_open=${input.maxFilesOpen}`;
  const section = (label: string, text: string): Section => {
    return { kind: "directories", label, text, source: { type: "compile" } };
  };
  const last = input.directories.length - 1;
  return [
    section("directories", `<directories>\n<file_limits>\n${limits}\n</file_limits>\n`),
    ...input.directories.map((directory, index) =>
      section(directory.name, directoryText(directory, guard) + (index === last ? "</directories>" : "")),
    ),
  ];
}

function directoryText({ name, description, instructions, files }: Directory, guard: Guard): string {
  const lines = [
    `<directory name="${attribute(name)}">`,
    ...(description ? [`<description>${guard(description)}</description>`] : []),
    ...(instructions ? [`<instructions>${guard(instructions)}</instructions>`] : []),
    ...files.map((file) => fileText(file, guard)),
    "</directory>\n",
  ];
  return lines.join("\n");
}

function fileText(file: DirectoryFile, guard: Guard): string {
  const value = file.value ?? "";
  const lines = [
    `<file status="${file.value === null ? "closed" : "open"}" name="${attribute(file.name)}">`,
    ...(file.description ? [`<description>\n${guard(file.description)}\n</description>`] : []),
    `<metadata>\n${sizeLines({ value, limitChars: file.limitChars, readOnly: file.readOnly })}\n</metadata>`,
    ...(file.value === null ? [] : [`<value>\n${guard(file.value)}\n</value>`]),
    "</file>",
  ];
  return lines.join("\n");
}

function metadataSection(metadata: CompileMetadata, guard: Guard): Section {
  const { agentId, conversationId, compiledAt, timezone, recallCount, archivalCount, archivalTags } = metadata;
  const lines = [
    "<memory_metadata>",
    `- AGENT_ID: ${agentId}`,
    `- CONVERSATION_ID: ${conversationId}`,
    `- System prompt last recompiled: ${formatTime(compiledAt, timezone)}`,
    `- ${recallCount} previous messages between you and the user are stored in recall memory`,
  ];
  if (archivalCount > 0) {
    lines.push(
      `- ${archivalCount} total memories you created are stored in archival memory (use tools to access them)`,
    );
  }
  if (archivalTags.length > 0)
    lines.push(`- Available archival memory tags: ${archivalTags.map(oneLine).map(guard).join(", ")}`);
  lines.push("</memory_metadata>");
  return { kind: "metadata", label: "metadata", text: lines.join("\n"), source: { type: "compile" } };
}

function skillsSections(skills: readonly Skill[], guard: Guard): Section[] {
  if (skills.length === 0) return [];
  const field = (tag: string, text: string) => `<${tag}>${guard(text)}</${tag}>`;
  const entries = skills.map(({ name, description, location }) => {
    const fields = [field("name", name), field("description", description), field("location", location)];
    return `<skill>\n${fields.join("\n")}\n</skill>\n`;
  });
  const text = `<available_skills>\n${entries.join("")}</available_skills>`;
  return [{ kind: "skills", label: "skills", text, source: { type: "request" } }];
}

function afterBlankLine(group: readonly Section[]): Section[] {
  return group.map((section, index) => (index === 0 ? { ...section, text: `\n\n${section.text}` } : section));
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}

function attribute(text: string): string {
  return oneLine(text).replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
