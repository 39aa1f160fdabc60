import type { Message } from "@/lib/stream/message";
import type { Tool } from "../tool";
import { editableBlock, valueOutcome } from "./memory-edit";
import { attempt, findIntegerArg, stringArg, type ToolArgs, ToolFailure } from "./tool-args";

/** The block that says what is known of the person. */
const USER_BLOCK = "human";

const LINE = /^(\d+): (.*)$/;

/** A conversation as numbered lines, from 0: each message is one line, so that none can pass for another. */
export function numberLines(lines: readonly string[]): string {
  return lines.map((line, index) => `${index}: ${line.replaceAll(/\s*\n\s*/g, " ")}`).join("\n");
}

/** What the server itself tells a model as the user: packed JSON of one of these types. */
const PACKED = /^\s*\{\s*"type"\s*:\s*"(heartbeat|login|system_alert)"/;

/** What was spoken in a message, as a line of the conversation; null where nothing was: thoughts, tools, the server's words. */
export function spokenLine(message: Pick<Message, "role" | "parts">): string | null {
  const speaker = message.role === "approval" ? "assistant" : message.role;
  if (speaker !== "user" && speaker !== "assistant") return null;
  const words = message.parts.flatMap((part) => {
    if (part.type === "text") return PACKED.test(part.text) ? [] : [part.text];
    return part.type === "tool_call" && part.name === "send_message" ? (spokenBy(part.arguments) ?? []) : [];
  });
  const text = words.join("\n").trim();
  return text === "" ? null : `${speaker}: ${text}`;
}

function spokenBy(args: string): string | null {
  try {
    const { message } = JSON.parse(args) as { message?: unknown };
    return typeof message === "string" ? message : null;
  } catch {
    return null;
  }
}

/** The numbered lines of a text, by their numbers; everything else in it is passed over. */
export function readNumberedLines(text: string): Map<number, string> {
  const found = text.split("\n").flatMap((line) => {
    const match = LINE.exec(line);
    return match ? [[Number(match[1]), match[2]!] as const] : [];
  });
  return new Map(found);
}

/**
 * The notes that `store_memories` asks for: for each piece its context and, under it, its lines. Throws `ToolFailure`
 * where a piece has no lines or no context.
 */
export function memoriesOf(args: ToolArgs, lines: ReadonlyMap<number, string>): string[] {
  const { chunks } = args;
  if (!Array.isArray(chunks) || chunks.length === 0) {
    throw new ToolFailure("Argument 'chunks' must be a list of at least one piece.", "TypeError");
  }
  return chunks.map((chunk: unknown) => memoryOf(isObject(chunk) ? chunk : {}, lines));
}

function memoryOf(chunk: ToolArgs, lines: ReadonlyMap<number, string>): string {
  const start = lineNumber(chunk, "start_index");
  const end = lineNumber(chunk, "end_index");
  const wanted = [...lines].filter(([number]) => number >= start && number <= end);
  if (start > end || wanted.length === 0 || !lines.has(start) || !lines.has(end)) {
    const numbers = [...lines.keys()];
    const range = numbers.length === 0 ? "none" : `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
    throw new ToolFailure(`There are no lines from ${start} to ${end}: the conversation has ${range}.`);
  }
  return `${stringArg(chunk, "context")}\n\n${wanted.map(([, line]) => line).join("\n")}`;
}

function lineNumber(chunk: ToolArgs, name: string): number {
  const value = findIntegerArg(chunk, name);
  if (value === undefined) throw new ToolFailure(`Missing required argument '${name}'.`, "TypeError");
  return value;
}

const isObject = (value: unknown): value is ToolArgs => typeof value === "object" && value !== null;

/** The tools of the agent that keeps a voice agent's memory which read nothing but their arguments and its blocks. */
export const VOICE_MEMORY_TOOLS = {
  rethink_user_memory: {
    name: "rethink_user_memory",
    description: "Rewrites what is known of the person. What you leave out is gone.",
    parameters: {
      type: "object",
      properties: {
        new_memory: {
          type: "string",
          description: "The complete new text, old facts worth keeping and new ones together.",
        },
      },
      required: ["new_memory"],
    },
    returnLimitChars: null,
    parallel: false,
    run: (args, call) =>
      attempt("rethink_user_memory", () => {
        const block = editableBlock(call.blocks, USER_BLOCK);
        return valueOutcome(block, { value: stringArg(args, "new_memory") }, "rethink_user_memory");
      }),
  },
  finish_rethinking_memory: {
    name: "finish_rethinking_memory",
    description: "Says that you are done with the memory of the person. It ends your turn.",
    parameters: { type: "object", properties: {}, required: [] },
    returnLimitChars: null,
    parallel: false,
    run: async () => ({ status: "success", content: "None" }),
  },
} satisfies Record<string, Tool>;
