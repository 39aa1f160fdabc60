import { editsOfLines } from "../../text/edits";
import type { Block, BlockChanges, MemoryWrite } from "../memory";
import type { ToolOutcome } from "../tool";
import { blockDetach, blockUpdate, newLabel, refuseLineNumber, refuseReadOnly, unknownBlock } from "./memory-edit";
import { applyHunks, openDraft, parseHunks, type Draft as TextDraft } from "./memory-hunks";
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
type Draft = { original: Block | null; label: string; text: TextDraft; description: string; deleted: boolean };

/**
 * The body of the `memory_apply_patch` tool. Sections apply in order, each to what the earlier ones left, and come out
 * as one write per block. Throws `ToolFailure`, before anything is written, if any section does not apply.
 */
export function applyMemoryPatch(label: string, patch: string, blocks: readonly Block[]): ToolOutcome {
  const sections = splitSections(label, patch);
  if (sections.length === 0) throw new ToolFailure("Failed to apply patch: it contains no hunk and no header.");

  const drafts = blocks.map(
    (block): Draft => ({
      original: block,
      label: block.label,
      text: openDraft(block.value),
      description: "",
      deleted: false,
    }),
  );
  const deeds = sections.map((section) => applySection(section, drafts));

  const [first, ...others] = sections;
  const isEdit = others.length === 0 && first?.type === "update" && first.moveTo === null;
  const content = isEdit
    ? textOf(findDraft(drafts, first.label))
    : deeds.map((deed) => `Successfully ${deed}.`).join("\n");
  return { status: "success", content, writes: writesOf(drafts) };
}

/** Cuts a patch at its `*** ` headers. What precedes the first one is an update of the block `label`. */
function splitSections(label: string, patch: string): Section[] {
  let section: Section = { type: "update", label, moveTo: null, lines: [] };
  const sections: Section[] = [section];
  for (const line of patch.split(/\r?\n/)) {
    const header = /^\*\*\* (Add Block|Delete Block|Update Block|Move to):(.*)$/.exec(line);
    if (header) {
      section = openSection(header[1]!, header[2]!.trim(), section);
      if (section !== sections.at(-1)) sections.push(section);
    } else if (!/^\*\*\* (Begin Patch|End Patch|End of File)/.test(line)) {
      section.lines.push(line);
    }
  }
  return sections.filter((each, index) => index > 0 || !isIdle(each));
}

/** The section that the lines after a header belong to; `Move to` goes on with the current one. */
function openSection(header: string, label: string, current: Section): Section {
  if (header === "Add Block") return { type: "add", label, lines: [] };
  if (header === "Delete Block") return { type: "delete", label, lines: [] };
  if (header === "Update Block") return { type: "update", label, moveTo: null, lines: [] };
  if (current.type !== "update") {
    throw new ToolFailure("Failed to apply patch: '*** Move to:' must follow '*** Update Block:'.");
  }
  current.moveTo = label;
  return current;
}

function isIdle(section: Section): boolean {
  return section.type === "update" && section.moveTo === null && section.lines.every((line) => line.trim() === "");
}

/** Applies one section to the drafts and says what it did. */
function applySection(section: Section, drafts: Draft[]): string {
  if (section.type === "add") {
    drafts.push({ original: null, deleted: false, ...addedBlock(section, drafts) });
    return `created memory block '${section.label}'`;
  }
  const draft = findDraft(drafts, section.label);
  if (section.type === "delete") {
    draft.deleted = true;
    return `deleted memory block '${section.label}'`;
  }
  const hunks = parseHunks(section.lines);
  if (hunks.length === 0 && section.moveTo === null) {
    throw new ToolFailure(`Failed to apply patch: no hunk for memory block '${section.label}'.`);
  }
  for (const line of hunks.flatMap((hunk) => hunk.lines)) refuseLineNumber("patch", line.text);
  draft.text = applyHunks(draft.text, hunks, section.label);
  if (section.moveTo === null) return `updated memory block '${section.label}'`;
  draft.label = section.moveTo === draft.label ? draft.label : freeLabel(drafts, section.moveTo);
  return `renamed memory block '${section.label}' to '${section.moveTo}'`;
}

/** An added block: an optional line `Description: …`, then its text, each line with or without a leading `+`. */
function addedBlock(section: Section, drafts: readonly Draft[]) {
  const lines = section.lines.map((line) => line.replace(/^\+/, ""));
  while (lines.length > 0 && section.lines[lines.length - 1] === "") lines.pop();
  const description = /^Description:(.*)$/.exec(lines[0] ?? "")?.[1]?.trim();
  const value = (description === undefined ? lines : lines.slice(1)).join("\n");
  return { label: freeLabel(drafts, section.label), description: description ?? "", text: openDraft(value) };
}

function freeLabel(drafts: readonly Draft[], label: string): string {
  if (drafts.some((draft) => !draft.deleted && draft.label === label)) {
    throw new ToolFailure(`Failed to apply patch: a memory block '${label}' already exists.`);
  }
  return newLabel(label);
}

/** The block that has this label by now. Throws `ToolFailure` where there is none, or agents may only read it. */
function findDraft(drafts: readonly Draft[], label: string): Draft {
  const present = drafts.filter((draft) => !draft.deleted);
  const draft = present.find((candidate) => candidate.label === label);
  if (!draft) {
    throw unknownBlock(
      label,
      present.map((candidate) => candidate.label),
    );
  }
  if (draft.original) refuseReadOnly(draft.original);
  return draft;
}

const textOf = ({ text }: Draft) => text.lines.join("\n");

/** One write for each block that changed; those that set labels free come first, those that need new ones last. */
function writesOf(drafts: readonly Draft[]): MemoryWrite[] {
  const detached: MemoryWrite[] = [];
  const updated: MemoryWrite[] = [];
  const created: MemoryWrite[] = [];
  for (const draft of drafts) {
    const { original, deleted, label, description } = draft;
    const value = textOf(draft);
    if (!original) {
      if (!deleted) created.push({ type: "block-create", label, description, value, operation: OPERATION });
      continue;
    }
    if (deleted) {
      detached.push(blockDetach(original, OPERATION));
      continue;
    }
    const changes: BlockChanges = {};
    if (label !== original.label) changes.label = label;
    if (value !== original.value) {
      changes.value = value;
      changes.edits = editsOfLines(openDraft(original.value).lines, draft.text.lines, draft.text.origins);
    }
    if (Object.keys(changes).length > 0) updated.push(blockUpdate(original, changes, OPERATION));
  }
  return [...detached, ...updated, ...created];
}
