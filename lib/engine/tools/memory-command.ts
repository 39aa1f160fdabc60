import type { Block, MemoryWrite } from "../memory";
import type { ToolOutcome } from "../tool";
import {
  blockDetach,
  blockUpdate,
  editableBlock,
  insertAfterLine,
  newLabel,
  refuseLineNumber,
  replaceOnce,
  valueOutcome,
} from "./memory-edit";
import { findIntegerArg, findStringArg, type ToolArgs, ToolFailure } from "./tool-args";

const OPERATION = "memory";

export const MEMORY_COMMAND_TEXT = `Manages your memory blocks: makes new ones, edits, renames and drops them. A block is addressed by a path, /memories/<label>.

Commands and what they need:
- create (path, description, optionally file_text): makes a block. The description says what belongs in it; your later self decides by it what to write there.
- str_replace (path, old_string, new_string): replaces a passage that occurs exactly once in the block.
- insert (path, insert_text, optionally insert_line): adds lines after line insert_line; 0 is the top, -1 or nothing the end.
- delete (path): takes the block out of your memory.
- rename (old_path, new_path): gives a block another label.
- rename (path, description): keeps the label and changes the description.

Make a block of its own for a subject that keeps coming back, such as a project or a person; a single fact belongs in a block that exists. Labels consist of letters, digits, '_', '-' and '/'.

Examples:
  memory(command="create", path="/memories/projects/garden", description="Plans and progress of the garden project.", file_text="Started in March 2026.")
  memory(command="str_replace", path="/memories/human", old_string="likes tea", new_string="likes coffee")
  memory(command="rename", old_path="/memories/todo", new_path="/memories/projects/todo")`;

export const MEMORY_COMMAND_PARAMETERS = {
  command: {
    type: "string",
    enum: ["create", "str_replace", "insert", "delete", "rename"],
    description: "What to do.",
  },
  path: { type: "string", description: "Path of the block: /memories/<label>." },
  file_text: { type: "string", description: "create: the text the new block starts with." },
  description: { type: "string", description: "create, rename: what the block is for." },
  old_string: {
    type: "string",
    description: "str_replace: the passage to replace, exactly as it stands in the block.",
  },
  new_string: { type: "string", description: "str_replace: what to put in its place; empty to remove the passage." },
  insert_line: { type: "integer", description: "insert: the line after which the text goes; 0 for the top." },
  insert_text: { type: "string", description: "insert: the text to add." },
  old_path: { type: "string", description: "rename: path of the block as it is called now." },
  new_path: { type: "string", description: "rename: path of the block as it shall be called." },
};

const COMMANDS: Record<string, (args: ToolArgs, blocks: readonly Block[]) => ToolOutcome> = {
  create,
  str_replace: strReplace,
  insert,
  delete: remove,
  rename: (args, blocks) =>
    findStringArg(args, "old_path") === undefined ? redescribe(args, blocks) : rename(args, blocks),
};

/** The body of the `memory` tool. Throws `ToolFailure`. */
export function runMemoryCommand(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const command = findStringArg(args, "command") ?? "";
  if (!Object.hasOwn(COMMANDS, command)) {
    const supported = Object.keys(COMMANDS).join(", ");
    throw new ToolFailure(`Error: Unknown command '${command}'. Supported commands: ${supported}`);
  }
  return COMMANDS[command]!(args, blocks);
}

function create(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const label = newLabel(labelOf(needed(args, "path", "create")));
  const description = needed(args, "description", "create");
  const value = findStringArg(args, "file_text") ?? "";
  refuseLineNumber("file_text", value);
  refuseTaken(blocks, label);
  return done(`created memory block '${label}'`, "with the new memory block and is now active in your context", {
    type: "block-create",
    label,
    description,
    value,
    operation: OPERATION,
  });
}

function strReplace(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const label = labelOf(needed(args, "path", "str_replace"));
  const oldString = findStringArg(args, "old_str") ?? needed(args, "old_string", "str_replace");
  const newString = findStringArg(args, "new_str") ?? needed(args, "new_string", "str_replace");
  refuseLineNumber("old_string", oldString);
  refuseLineNumber("new_string", newString);
  const block = editableBlock(blocks, label);
  return valueOutcome(block, replaceOnce(block, oldString, newString), OPERATION);
}

function insert(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const label = labelOf(needed(args, "path", "insert"));
  const text = needed(args, "insert_text", "insert");
  refuseLineNumber("insert_text", text);
  const block = editableBlock(blocks, label);
  return valueOutcome(block, insertAfterLine(block.value, text, findIntegerArg(args, "insert_line") ?? -1), OPERATION);
}

function remove(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const block = editableBlock(blocks, labelOf(needed(args, "path", "delete")));
  return done(`deleted memory block '${block.label}'`, "without it", blockDetach(block, OPERATION));
}

function rename(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  const block = editableBlock(blocks, labelOf(needed(args, "old_path", "rename")));
  const label = newLabel(labelOf(needed(args, "new_path", "rename")));
  if (label !== block.label) refuseTaken(blocks, label);
  const update = blockUpdate(block, { label }, OPERATION);
  return done(`renamed memory block '${block.label}' to '${label}'`, "with the new label", update);
}

function redescribe(args: ToolArgs, blocks: readonly Block[]): ToolOutcome {
  if (findStringArg(args, "path") === undefined) {
    throw new ToolFailure(
      "Error: rename needs old_path and new_path for a new label, or path and description for a new description",
    );
  }
  const block = editableBlock(blocks, labelOf(needed(args, "path", "rename")));
  const update = blockUpdate(block, { description: needed(args, "description", "rename") }, OPERATION);
  return done(`updated description of memory block '${block.label}'`, "with the new description", update);
}

function done(deed: string, result: string, write: MemoryWrite): ToolOutcome {
  const content = `Successfully ${deed}. Your system prompt has been recompiled ${result}.`;
  return { status: "success", content, writes: [write] };
}

function needed(args: ToolArgs, name: string, command: string): string {
  const value = findStringArg(args, name);
  if (value === undefined) throw new ToolFailure(`Error: ${name} is required for ${command} command`);
  return value;
}

/** The label that a path names; a bare label is taken too. */
function labelOf(path: string): string {
  const label = path.trim().replace(/^\/?memories\//, "");
  if (label === "" || label.startsWith("/")) {
    throw new ToolFailure(`Error: '${path}' is not a path of a memory block. Use /memories/<label>`);
  }
  return label;
}

function refuseTaken(blocks: readonly Block[], label: string): void {
  if (!blocks.some((block) => block.label === label)) return;
  throw new ToolFailure(`Error: a memory block '${label}' already exists`);
}
