import type { Block, MemoryWrite } from "./memory";
import { blockDetach, blockUpdate, editableBlock, newLabel, refuseLineNumber, refuseReadOnly } from "./memory-edit";
import { applyHunks, type Hunk, parseHunks } from "./memory-hunks";
import type { ToolOutcome } from "./tool";
import { ToolFailure } from "./tool-args";

const OPERATION = "memory_apply_patch";

export const MEMORY_PATCH_TEXT = `Edits memory blocks with a patch: several changes at once, in one block or in many. Either the whole patch applies or none of it.

For one block, give its label and hunks in the manner of a unified diff. In a hunk, a line starts with ' ' (context, stays as it is), '-' (is removed) or '+' (is added); a line '@@' starts the next hunk. Line numbers aren't needed: a hunk is found by its context and removed lines, which must match the block exactly and in one place only. A hunk of nothing but '+' lines is added at the end.

  @@
   Name: Bob
  -Lives in Oslo
  +Lives in Lisbon

For several blocks, begin each section with a header; label is then not used:

  *** Add Block: <label>       the lines that follow, each with a '+', become the new block; a first line "Description: …" says what it is for
  *** Update Block: <label>    hunks as above
  *** Move to: <label>         after an update header: gives that block a new label
  *** Delete Block: <label>    takes the block out of your memory

For one block, returns its new value; for several, what was done.`;

type Section =
  | { type: "update"; label: string; moveTo: string | null; lines: string[] }
  | { type: "add"; label: string; lines: string[] }
  | { type: "delete"; label: string; lines: string[] };

/** A block as the sections so far have left it; `original` is null for one that the patch adds. */
type Draft = { original: Block | null; label: string; value: string; description: string; deleted: boolean };

/**
 * The body of the `memory_apply_patch` tool. Sections apply in order, each to what the earlier ones left, and come out
 * as one write per block. Throws `ToolFailure`, before anything is written, if any section does not apply.
 */
export function applyMemoryPatch(label: string, patch: string, blocks: readonly Block[]): ToolOutcome {
  const sections = splitSections(label, patch);
  if (sections.length === 0) throw new ToolFailure("Failed to apply patch: it contains no hunk and no header.");

  const drafts = new Drafts(blocks);
  const deeds = sections.map((section) => applySection(section, drafts));
  const writes = drafts.writes();
  const [only] = sections;
  if (sections.length === 1 && only?.type === "update" && only.moveTo === null) {
    return { status: "success", content: drafts.find(only.label).value, writes };
  }
  return { status: "success", content: deeds.map((deed) => `Successfully ${deed}.`).join("\n"), writes };
}

/** Cuts a patch at its `*** ` headers. What precedes the first one is an update of the block `label`. */
function splitSections(label: string, patch: string): Section[] {
  let section: Section = { type: "update", label, moveTo: null, lines: [] };
  const sections: Section[] = [section];
  for (const line of patch.split(/\r?\n/)) {
    const header = /^\*\*\* (Add Block|Delete Block|Update Block|Move to):(.*)$/.exec(line);
    if (!header) {
      if (!/^\*\*\* (Begin Patch|End Patch|End of File)/.test(line)) section.lines.push(line);
      continue;
    }
    const name = header[2]!.trim();
    if (header[1] === "Move to") {
      if (section.type !== "update") throw new ToolFailure("Failed to apply patch: '*** Move to:' must follow '*** Update Block:'.");
      section.moveTo = name;
      continue;
    }
    section = newSection(header[1]!, name);
    sections.push(section);
  }
  return sections.filter((each, index) => index > 0 || !isIdle(each));
}

function newSection(header: string, label: string): Section {
  if (header === "Add Block") return { type: "add", label, lines: [] };
  if (header === "Delete Block") return { type: "delete", label, lines: [] };
  return { type: "update", label, moveTo: null, lines: [] };
}

function isIdle(section: Section): boolean {
  return section.type === "update" && section.moveTo === null && section.lines.every((line) => line.trim() === "");
}

/** Applies one section and says what it did. */
function applySection(section: Section, drafts: Drafts): string {
  if (section.type === "add") {
    drafts.add(section.label, section.lines);
    return `created memory block '${section.label}'`;
  }
  const draft = drafts.find(section.label);
  if (section.type === "delete") {
    draft.deleted = true;
    return `deleted memory block '${section.label}'`;
  }
  const hunks = parseHunks(section.lines);
  refuseLineNumbers(hunks);
  draft.value = applyHunks(draft.value, hunks, section.label);
  if (section.moveTo === null) return `updated memory block '${section.label}'`;
  drafts.rename(draft, section.moveTo);
  return `renamed memory block '${section.label}' to '${section.moveTo}'`;
}

function refuseLineNumbers(hunks: Hunk[]): void {
  for (const line of hunks.flatMap((hunk) => hunk.lines)) refuseLineNumber("patch", line.text);
}

class Drafts {
  private readonly drafts: Draft[];
  private readonly blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.blocks = blocks;
    this.drafts = blocks.map((block) => ({
      original: block,
      label: block.label,
      value: block.value,
      description: block.description ?? "",
      deleted: false,
    }));
  }

  /** Throws `ToolFailure` where no such block exists by now, or it is read-only. */
  find(label: string): Draft {
    const draft = this.drafts.find((candidate) => !candidate.deleted && candidate.label === label);
    if (draft?.original) refuseReadOnly(draft.original);
    if (draft) return draft;
    const present = this.drafts.filter((candidate) => !candidate.deleted);
    throw unknownBlock(label, present);
  }
}
