import type { Block } from "../memory";
import { unixLines } from "../storable";
import type { Tool, ToolContext, ToolOutcome, ToolParameters } from "../tool";
import { MEMORY_COMMAND_PARAMETERS, MEMORY_COMMAND_TEXT, runMemoryCommand } from "./memory-command";
import {
  appended,
  editableBlock,
  insertAfterLine,
  refuseLineNumber,
  replaceAll,
  replaceOnce,
  valueOutcome,
} from "./memory-edit";
import { applyMemoryPatch, MEMORY_PATCH_TEXT } from "./memory-patch";
import { attempt, eitherArg, findIntegerArg, stringArg, type ToolArgs } from "./tool-args";

const RETURN_LIMIT_CHARS = 50_000;

const LABEL = { type: "string", description: "Label of the memory block to edit, as it appears in its tag." };

/**
 * The built-in tools that change an agent's blocks, and the two that only end its turn, by name.
 *
 * Contract: each is pure. It reads `call.blocks` and answers with `writes`; whatever is wrong with the call is an
 * outcome with status "error", never a throw. Names, arguments, returns and error texts are those of Letta V1.
 */
export const MEMORY_TOOLS = {
  memory_insert: builtIn({
    name: "memory_insert",
    description:
      "Adds text to a memory block without touching what is already there. Use it for something new: a fact you just learned, another entry in a list.\n\n" +
      "The text goes in as lines of its own, after the line you name, or at the end of the block if you name none. Write it so that it still makes sense when you read it weeks from now: full names, absolute dates. If the block already says something on the matter, change that with memory_replace instead of adding a second version.\n\n" +
      'Example: memory_insert(label="human", new_string="Allergic to peanuts (told me on 2026-03-04)").\n\n' +
      "Returns the block's new value.",
    parameters: schema(
      {
        label: LABEL,
        new_string: {
          type: "string",
          description: "The text to add. Leave out line numbers, they are only part of the display.",
        },
        insert_line: {
          type: "integer",
          description: "Number of the line after which the text goes: 0 for the top, -1 (the default) for the end.",
        },
      },
      ["label", "new_string"],
    ),
    act: (args, call) => {
      const label = stringArg(args, "label");
      const text = eitherArg(args, "new_string");
      refuseLineNumber("new_string", text);
      const block = editableBlock(call.blocks, label);
      const line = findIntegerArg(args, "insert_line") ?? -1;
      return valueOutcome(block, insertAfterLine(block.value, text, line), "memory_insert");
    },
  }),

  memory_replace: builtIn({
    name: "memory_replace",
    description:
      "Replaces one passage of a memory block. Use it to correct or update something that has changed, or, with an empty new_string, to remove what is no longer true.\n\n" +
      "old_string must be copied exactly from the block, with its spaces and line breaks, and must occur in it only once; take in a few of the words around it if it would not be unique. Everything outside of it stays as it is.\n\n" +
      'Example: memory_replace(label="human", old_string="Lives in Oslo", new_string="Lives in Lisbon since May 2026").\n\n' +
      "Returns the block's new value.",
    parameters: schema(
      {
        label: LABEL,
        old_string: {
          type: "string",
          description: "The passage to replace, exactly as it stands in the block. Leave out line numbers.",
        },
        new_string: {
          type: "string",
          description: "What to put in its place; empty to remove the passage. Leave out line numbers.",
        },
      },
      ["label", "old_string", "new_string"],
    ),
    act: (args, call) => {
      const label = stringArg(args, "label");
      const oldString = eitherArg(args, "old_string");
      const newString = eitherArg(args, "new_string");
      refuseLineNumber("old_string", oldString);
      refuseLineNumber("new_string", newString);
      const block = editableBlock(call.blocks, label);
      return valueOutcome(block, replaceOnce(block, oldString, newString), "memory_replace");
    },
  }),

  memory_rethink: builtIn({
    name: "memory_rethink",
    description:
      "Rewrites a whole memory block. Use it for large changes: to reorganise a block that has become messy, to merge and shorten what has piled up, to resolve contradictions. For a small change use memory_insert or memory_replace.\n\n" +
      "new_memory takes the place of everything in the block, so carry over all that is still worth knowing; what you leave out is gone from view.\n\n" +
      "Returns the block's new value.",
    parameters: schema(
      {
        label: LABEL,
        new_memory: {
          type: "string",
          description: "The complete new text of the block: the old facts worth keeping together with the new ones.",
        },
      },
      ["label", "new_memory"],
    ),
    act: (args, call) => {
      const label = stringArg(args, "label");
      const value = stringArg(args, "new_memory");
      refuseLineNumber("new_memory", value);
      return valueOutcome(editableBlock(call.blocks, label), { value }, "memory_rethink");
    },
  }),

  memory: builtIn({
    name: "memory",
    description: MEMORY_COMMAND_TEXT,
    parameters: schema(MEMORY_COMMAND_PARAMETERS, ["command"]),
    act: (args, call) => runMemoryCommand(args, call.blocks),
  }),

  memory_apply_patch: builtIn({
    name: "memory_apply_patch",
    description: MEMORY_PATCH_TEXT,
    parameters: schema(
      {
        label: { type: "string", description: "Label of the memory block that hunks without a header apply to." },
        patch: {
          type: "string",
          description: "Unified-diff hunks for that block, or sections with '*** … Block:' headers for several blocks.",
        },
      },
      ["label", "patch"],
    ),
    act: (args, call) => applyMemoryPatch(stringArg(args, "label"), stringArg(args, "patch"), call.blocks),
  }),

  core_memory_append: builtIn({
    name: "core_memory_append",
    description:
      "Adds a new line at the end of a memory block. Use it to note down something you want to have in view from now on.\n\n" +
      "Returns the block's new value.",
    parameters: schema(
      {
        label: LABEL,
        content: { type: "string", description: "The text to add. Any Unicode, including emoji, is fine." },
      },
      ["label", "content"],
    ),
    act: (args, call) => {
      const block = editableBlock(call.blocks, stringArg(args, "label"));
      return valueOutcome(block, appended(block.value, `\n${stringArg(args, "content")}`), "core_memory_append");
    },
  }),

  core_memory_replace: builtIn({
    name: "core_memory_replace",
    description:
      "Replaces text in a memory block, wherever it occurs. Use it when something you know has changed; give an empty new_content to remove the text.\n\n" +
      "Returns the block's new value.",
    parameters: schema(
      {
        label: LABEL,
        old_content: { type: "string", description: "The text to replace, exactly as it stands in the block." },
        new_content: { type: "string", description: "What to put in its place; empty to remove it." },
      },
      ["label", "old_content", "new_content"],
    ),
    act: (args, call) => {
      const block = editableBlock(call.blocks, stringArg(args, "label"));
      const edited = replaceAll(block, stringArg(args, "old_content"), stringArg(args, "new_content"));
      return valueOutcome(block, edited, "core_memory_replace");
    },
  }),

  memory_finish_edits: builtIn({
    name: "memory_finish_edits",
    description:
      "Says that you are done with editing memory. Call it once, when every block says what it should, and not before; it ends your turn.",
    parameters: schema({}, []),
    act: () => ({ status: "success", content: "None" }),
  }),

  send_message: builtIn({
    name: "send_message",
    description:
      "Sends a message to the person you are talking with. It is the only thing they see of you: your thoughts and your other tool calls stay hidden.",
    parameters: schema(
      { message: { type: "string", description: "What to say. Any Unicode, including emoji, is fine." } },
      ["message"],
    ),
    act: (args) => {
      // Where an answer has a form, it is an object.
      if (typeof args.message !== "object" || args.message === null) stringArg(args, "message");
      return { status: "success", content: "Sent message successfully." };
    },
  }),
} satisfies Record<string, Tool>;

type BuiltIn = {
  name: string;
  description: string;
  parameters: ToolParameters;
  act: (args: ToolArgs, call: ToolContext) => ToolOutcome;
};

function builtIn({ name, description, parameters, act }: BuiltIn): Tool {
  return {
    name,
    description,
    parameters,
    returnLimitChars: RETURN_LIMIT_CHARS,
    parallel: false,
    run: (args, call) => attempt(name, () => act(withUnixLines(args), { ...call, blocks: call.blocks.map(unixBlock) })),
  };
}

/** Texts are compared and written with one kind of line ending: a model can't see another, and writes none. */
function withUnixLines(args: ToolArgs): ToolArgs {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, typeof value === "string" ? unixLines(value) : value]),
  );
}

function unixBlock(block: Block): Block {
  return block.value.includes("\r") ? { ...block, value: unixLines(block.value) } : block;
}

function schema(properties: Record<string, unknown>, required: string[]): ToolParameters {
  return { type: "object", properties, required };
}
