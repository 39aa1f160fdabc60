import type { Envelope, Item, MessageItem } from "./item";
import { FieldScanner } from "./json-fields";
import { parsePythonLiteral } from "./python-literal";

export type PresentOptions = {
  /** The tool whose calls are shown as what the assistant says; by default `send_message`. */
  toolName?: string;
  /** The argument that holds the words; by default `message`. */
  argument?: string;
};

/** Shows items otherwise: `push` gives what is to be shown in the place of one item, in order. */
export type Presenter = { push(item: Item): Item[] };

type Whole = Extract<MessageItem, { type: "tool-call" }>;
type Fragment = Extract<MessageItem, { type: "tool-call-delta" }>;
type Returned = Extract<MessageItem, { type: "tool-return" }>;

/**
 * Turns calls of the assistant-message tool into assistant items (`use_assistant_message` of the contract), and leaves
 * their returns out. It works on whole items as on fragments: the words are passed on as the arguments arrive.
 *
 * A call that says nothing readable (malformed arguments, no such string) stays a tool call and keeps its return; its
 * fragments are held back until that is known. A return whose call was not pushed is left out by its tool's name.
 * One presenter serves one run or one page: `items.flatMap((item) => presenter.push(item))`.
 */
export function presentAssistantMessages(options: PresentOptions = {}): Presenter {
  const { toolName = "send_message", argument = "message" } = options;
  return new AssistantMessages(toolName, argument);
}

class AssistantMessages implements Presenter {
  /** Calls that arrive in fragments and have said nothing yet, by call id. */
  readonly #silent = new Map<string, Fragment[]>();
  readonly #scanners = new Map<string, FieldScanner>();
  /** Ids of calls that were shown as what they say, and of those that were shown as calls. */
  readonly #said = new Set<string>();
  readonly #shown = new Set<string>();

  readonly #toolName: string;
  readonly #argument: string;

  constructor(toolName: string, argument: string) {
    this.#toolName = toolName;
    this.#argument = argument;
  }

  push(item: Item): Item[] {
    switch (item.type) {
      case "tool-call":
        return this.#presentWhole(item);
      case "tool-call-delta":
        return this.#presentFragment(item);
      case "tool-return":
        return [...this.#release(), ...this.#presentReturn(item)];
      case "approval-request":
        for (const call of item.calls) this.#shown.add(call.id);
        return [...this.#release(), item];
      case "approval-request-delta":
        this.#shown.add(item.call.id);
        return [...this.#release(), item];
      case "stop":
      case "error":
        return [...this.#release(), item];
      default:
        return [item];
    }
  }

  #presentWhole(item: Whole): Item[] {
    const said: Item[] = [];
    const calls = item.calls.filter((call) => {
      const words = call.name === this.#toolName ? this.#words(call.arguments) : null;
      (words === null ? this.#shown : this.#said).add(call.id);
      if (words !== null) said.push(assistantItem(item, words));
      return words === null;
    });
    if (said.length === 0) return [item];
    return calls.length === 0 ? said : [...said, { ...item, calls }];
  }

  #presentFragment(item: Fragment): Item[] {
    const { id, name, arguments: text = "" } = item.call;
    if (this.#shown.has(id)) return [item];
    if (!this.#scanners.has(id)) {
      if (name !== this.#toolName) return [item];
      this.#scanners.set(id, new FieldScanner());
      this.#silent.set(id, []);
    }
    const words = this.#read(this.#scanners.get(id)!, text);
    if (words !== null) {
      this.#said.add(id);
      this.#silent.delete(id);
    }
    this.#silent.get(id)?.push(item);
    return words ? [assistantItem(item, words)] : [];
  }

  /** What whole arguments say; null if they have nothing of the argument. */
  #words(text: string): string | null {
    return this.#read(new FieldScanner(), text) ?? formed(text, this.#argument);
  }

  /** What the fragment says; null if it has nothing of the argument. */
  #read(scanner: FieldScanner, text: string): string | null {
    const pieces = scanner.push(text).filter((field) => field.key === this.#argument);
    return pieces.length === 0 ? null : pieces.map((field) => field.text).join("");
  }

  /** The arguments are complete: what has said nothing until now is shown as the call that it is. */
  #release(): Item[] {
    const held = [...this.#silent].flatMap(([id, items]) => {
      const last = items.at(-1);
      const words = last ? formed(items.map(({ call }) => call.arguments ?? "").join(""), this.#argument) : null;
      (words === null ? this.#shown : this.#said).add(id);
      return words === null ? items : [assistantItem(last!, words)];
    });
    this.#silent.clear();
    return held;
  }

  #presentReturn(item: Returned): Item[] {
    const returns = item.returns.filter(({ toolCallId: id, name }) => {
      if (this.#said.has(id)) return false;
      return name !== this.#toolName || this.#shown.has(id);
    });
    if (returns.length === item.returns.length) return [item];
    return returns.length === 0 ? [] : [{ ...item, returns }];
  }
}

function assistantItem(item: Envelope, content: string): Item {
  const { id, otid, date, name, senderId, stepId, runId, isErr, seqId } = item;
  return { id, otid, date, name, senderId, stepId, runId, isErr, seqId, type: "assistant", content };
}

/**
 * An argument that could not be read as it came: an object, as JSON, which is an answer of a form that was asked for; or
 * a text in arguments that are no JSON but a Python literal.
 */
function formed(text: string, argument: string): string | null {
  try {
    const value = (parsePythonLiteral(text) as Record<string, unknown> | null)?.[argument];
    if (typeof value === "string") return value;
    return typeof value === "object" && value !== null ? JSON.stringify(value) : null;
  } catch {
    return null;
  }
}
