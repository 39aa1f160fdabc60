export type Piece = { type: "text" | "reasoning"; text: string };

const OPENS = /^\s*<(think|thinking|thought|reasoning|reason|seed:think)>/i;
const MAY_OPEN = ["think", "thinking", "thought", "reasoning", "reason", "seed:think"].map((name) => `<${name}>`);
const CLOSES = /<\/(think|thinking|thought|reasoning|reason|seed:think)>\s*/gi;
const LONGEST_CLOSE = "</seed:think>".length;

/** Models that may begin with a thought whose opening tag stood in their prompt: only the closing one comes. */
export const CLOSES_ONLY =
  /thinking|reasoner|reasoning|qwq|qwen-?3(?!.*(instruct|coder|vl|embed))|(^|[-/_])r1([-:]|$)|glm-z1/i;

/**
 * Tells thought in the channel of text from the answer: what stands in a tag for it at the beginning, and, if `mayCloseOnly`,
 * what stands before a closing tag that nothing opened; then text waits until that is known.
 */
export class ThinkTags {
  #place: "start" | "thought" | "held" | "after" | "text";
  #held = "";
  #looked = 0;
  /** Whether any of the thought was passed on. */
  #thought = false;
  readonly #mayCloseOnly: boolean;

  constructor(mayCloseOnly: boolean) {
    this.#mayCloseOnly = mayCloseOnly;
    this.#place = "start";
  }

  /** A server that has a channel for thought puts none into its text. */
  pass(): Piece[] {
    const held = this.end();
    this.#place = "text";
    return held;
  }

  push(text: string): Piece[] {
    if (this.#place === "text") return piece("text", text);
    this.#held += text;
    if (this.#place === "start") return this.#begin();
    return this.#place === "after" ? this.#answer() : this.#think();
  }

  /** What is held is what it would have been without more. */
  end(): Piece[] {
    const rest = this.#held;
    const type = this.#place === "thought" ? "reasoning" : "text";
    this.#held = "";
    return this.#place === "after" ? [] : piece(type, rest);
  }

  #begin(): Piece[] {
    const open = OPENS.exec(this.#held);
    if (open) {
      this.#held = this.#held.slice(open[0].length);
      this.#place = "thought";
      return this.#think();
    }
    const begun = this.#held.trimStart().toLowerCase();
    if (begun === "" || MAY_OPEN.some((tag) => tag.startsWith(begun))) return [];
    this.#place = this.#mayCloseOnly ? "held" : "text";
    if (this.#place === "held") return this.#think();
    const text = this.#held;
    this.#held = "";
    return piece("text", text);
  }

  #think(): Piece[] {
    if (this.#place === "thought" && !this.#thought) this.#held = this.#held.trimStart();
    // What was looked at before is not looked at again, but for what may be the beginning of a tag.
    CLOSES.lastIndex = Math.max(0, this.#looked - LONGEST_CLOSE);
    const close = CLOSES.exec(this.#held);
    this.#looked = this.#held.length;
    if (close) {
      const thought = this.#held.slice(0, close.index);
      this.#held = this.#held.slice(close.index + close[0].length);
      this.#place = "after";
      return [...piece("reasoning", thought.trimEnd()), ...this.#answer()];
    }
    if (this.#place === "held") return [];
    // A tag may be cut anywhere, and blanks before it are not part of the thought.
    const safe = Math.max(0, this.#held.length - LONGEST_CLOSE);
    const thought = this.#held.slice(0, safe).trimEnd();
    this.#held = this.#held.slice(thought.length);
    this.#looked = 0;
    this.#thought ||= thought !== "";
    return piece("reasoning", thought);
  }

  /** The first words of the answer: blanks between it and the thought are neither's. */
  #answer(): Piece[] {
    const text = this.#held.trimStart();
    this.#held = "";
    if (text === "") return [];
    this.#place = "text";
    return piece("text", text);
  }
}

const piece = (type: Piece["type"], text: string): Piece[] => (text === "" ? [] : [{ type, text }]);
