import type { ModelRequest } from "@/lib/engine/model";
import { insertAfterLine } from "@/lib/engine/tools/memory-edit";
import { toolReturnsOf } from "@/lib/stream/message";
import type { Fact } from "./facts";
import { type Done, doneIn, returnText } from "./said";
import { includes } from "./words";

/** A block as it stands now. */
export type View = { label: string; value: string; readOnly: boolean };
export type Call = { name: string; args: Record<string, unknown> };
type Has = (tool: string) => boolean;

const BLOCKS = /<memory_blocks>([\s\S]*?)<\/memory_blocks>/;
const BLOCK = /<([a-zA-Z0-9_/-]+)>\n<description>[\s\S]*?<\/metadata>\n[\s\S]*?<value>\n([\s\S]*?)\n<\/value>\n<\/\1>/g;
const COMPILED = /System prompt last recompiled: (\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d) ([AP]M) .*?([+-]\d\d)(\d\d)$/m;
const NUMBER = /^\d+→ ?/gm;

/**
 * The blocks of the prompt, with what the agent's own edits made of them since: the prompt does not change with those,
 * but their returns say the new value.
 */
export function blocksOf({ system, messages }: Pick<ModelRequest, "system" | "messages">): View[] {
  const inside = BLOCKS.exec(system)?.[1] ?? "";
  const views = Array.from(inside.matchAll(BLOCK), (match): View => {
    const readOnly = match[0].slice(0, match[0].indexOf("</metadata>")).includes("- read_only=true");
    return { label: match[1]!, value: match[2]!.replace(NUMBER, ""), readOnly };
  });
  const since = compiledAt(system);
  const at = (ret: Done["ret"]) => Math.floor(Date.parse(dates.get(ret.toolCallId) ?? "") / 1000) * 1000;
  const dates = new Map(messages.flatMap((one) => toolReturnsOf(one).map((ret) => [ret.toolCallId, one.createdAt])));
  for (const { name, args, ret } of doneIn(messages)) {
    if (ret.status !== "success" || !EDITS.has(name) || at(ret) < since) continue;
    const view = views.find((one) => one.label === args.label);
    // The prompt tells seconds alone: within the same one an edit counts if it began with what the prompt says.
    if (at(ret) === since && view && !beganWith(view.value, args, returnText(ret))) continue;
    if (name === "memory") applyCommand(views, args);
    else if (view) view.value = returnText(ret);
  }
  return views;
}

function beganWith(value: string, args: Call["args"], after: string): boolean {
  const old = args.old_string ?? args.old_content;
  return typeof old === "string" ? value.includes(old) : after.includes(value.trim());
}

const labelOf = (path: unknown) => String(path ?? "").replace(/^\/memories\//, "");

/** What the one tool for all edits has done: its return does not say the value. */
function applyCommand(views: View[], args: Call["args"]): void {
  const view = views.find((one) => one.label === labelOf(args.path ?? args.old_path));
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  if (args.command === "create" && !view) {
    views.push({ label: labelOf(args.path), value: text(args.file_text), readOnly: false });
  }
  if (!view) return;
  if (args.command === "str_replace")
    view.value = view.value.replace(text(args.old_string), () => text(args.new_string));
  if (args.command === "insert") {
    const line = typeof args.insert_line === "number" ? args.insert_line : -1;
    view.value = insertAfterLine(view.value, text(args.insert_text), line).value;
  }
  if (args.command === "rename" && args.new_path) view.label = labelOf(args.new_path);
  if (args.command === "delete") views.splice(views.indexOf(view), 1);
}

const EDITS: ReadonlySet<string> = new Set([
  "memory",
  "memory_insert",
  "memory_replace",
  "memory_rethink",
  "core_memory_append",
  "core_memory_replace",
]);

function compiledAt(system: string): number {
  const [, date, hour, minute, second, half, hours, minutes] = COMPILED.exec(system) ?? [];
  if (!date) return 0;
  const h = (Number(hour) % 12) + (half === "PM" ? 12 : 0);
  return Date.parse(`${date}T${String(h).padStart(2, "0")}:${minute}:${second}${hours}:${minutes}`);
}

export const linesOf = ({ value }: View) => value.split("\n").filter((line) => line.trim() !== "");

/** Where a fact belongs: the block about the person or the agent, or else the first that may be written. */
export function blockFor(of: Fact["of"], views: readonly View[]): View | null {
  const open = views.filter((view) => !view.readOnly);
  const about = of === "persona" ? /^persona$/i : /^(?:human|user|person|customer|people|profile|notes?)$/i;
  return (
    open.find(({ label }) => label === of) ??
    open.find(({ label }) => about.test(label)) ??
    open.find(({ label }) => label !== "persona") ??
    open[0] ??
    null
  );
}

/** A call that adds a line, by a tool that the agent has; null where it has none. */
export function adding(view: View | null, note: string, has: Has): Call | null {
  if (view) {
    const { label, value } = view;
    if (has("memory_insert")) return { name: "memory_insert", args: { label, new_string: note, insert_line: -1 } };
    if (has("core_memory_append")) return { name: "core_memory_append", args: { label, content: note } };
    if (has("memory"))
      return {
        name: "memory",
        args: { command: "insert", path: `/memories/${label}`, insert_text: note, insert_line: -1 },
      };
    const whole = [...linesOf(view), note].join("\n");
    if (has("memory_rethink")) return { name: "memory_rethink", args: { label, new_memory: whole } };
    if (has("memory_replace") && value.trim() !== "")
      return { name: "memory_replace", args: { label, old_string: value, new_string: whole } };
  }
  return has("archival_memory_insert") ? { name: "archival_memory_insert", args: { content: note } } : null;
}

/** A call that puts another line in a line's place, or takes it out where that is null. */
export function replacing(view: View, line: string, by: string | null, has: Has): Call | null {
  const { label, value } = view;
  const [from, to] = passage(value, line, by);
  if (has("memory_replace")) return { name: "memory_replace", args: { label, old_string: from, new_string: to } };
  if (has("core_memory_replace"))
    return { name: "core_memory_replace", args: { label, old_content: from, new_content: to } };
  if (has("memory"))
    return {
      name: "memory",
      args: { command: "str_replace", path: `/memories/${label}`, old_string: from, new_string: to },
    };
  return has("memory_rethink")
    ? { name: "memory_rethink", args: { label, new_memory: value.replace(from, () => to) } }
    : null;
}

/** A passage that stands in the value once, with the line, and what is to be there instead. */
function passage(value: string, line: string, by: string | null): [from: string, to: string] {
  const lines = value.split("\n");
  const at = lines.indexOf(line);
  const changed = by === null ? lines.toSpliced(at, 1) : lines.with(at, by);
  const once = value.split(line).length === 2;
  if (!once || lines.length === 1) return [value, changed.join("\n")];
  if (by !== null) return [line, by];
  return at === lines.length - 1 ? [`\n${line}`, ""] : [`${line}\n`, ""];
}

/** The line that speaks of the same as a fact. */
export function lineOfKey(view: View, key: string): string | null {
  const starts = new RegExp(`^\\W*${key.includes("\\d") ? key : key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "i");
  return linesOf(view).find((line) => starts.test(line)) ?? null;
}

/** The first line that says so, in any of the blocks. */
export function lineWith(views: readonly View[], text: string): { view: View; line: string } | null {
  for (const view of views) {
    const line = linesOf(view).find((one) => includes(one, text));
    if (line) return { view, line };
  }
  return null;
}
