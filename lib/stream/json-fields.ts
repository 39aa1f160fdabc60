/** A piece of the text of one string field of an object, unescaped. */
export type FieldText = { key: string; text: string };

/**
 * Where in the text of an object the scanner stands. `before`: the opening brace is still to come; `between`: at a
 * comma, space or closing brace; `string`: in a string that is a value of the object itself; `other`: in any other
 * value, or after a value; `after`: behind the object, or lost in text that is no JSON object.
 */
type Place = "before" | "between" | "key" | "colon" | "value" | "string" | "other" | "after";

/**
 * Reads the string fields of a JSON object (not of objects inside it) while its text arrives in fragments, cut
 * anywhere, even inside an escape or between two surrogates.
 *
 * Never throws: text that is no object has no fields; a bad escape or a lone surrogate reads as U+FFFD. Of a key that
 * comes twice only the first value is read, for what has been passed on can't be taken back.
 */
export class FieldScanner {
  readonly #object = new ObjectScanner();
  readonly #seen = new Set<string>();
  #reading = false;

  /**
   * What this fragment adds, in order. A field is first reported when its string opens, if need be with empty text,
   * later only with text.
   */
  push(fragment: string): FieldText[] {
    const fields: FieldText[] = [];
    for (let at = 0; at < fragment.length; at++) {
      const before = this.#object.place;
      const text = this.#object.step(fragment[at]!);
      const { key, place } = this.#object;
      if (before === "value" && place === "string") {
        this.#reading = !this.#seen.has(key);
        this.#seen.add(key);
        if (this.#reading) fields.push({ key, text: "" });
      } else if (text !== "" && before === "string" && this.#reading) {
        const last = fields.at(-1);
        if (last?.key === key) last.text += text;
        else fields.push({ key, text });
      }
    }
    return fields;
  }
}

/**
 * Takes one field out of the text of a JSON object that arrives in fragments: `text` is what its string says,
 * unescaped (nothing if the value is no string), `rest` the object without the field, otherwise to the letter.
 * Text that is no object is all `rest`. Every field of that key is taken out, also a second one.
 */
export class FieldSplitter {
  readonly #object = new ObjectScanner();
  readonly #field: string;
  /** Text since the last value whose field is not known yet. */
  #held = "";
  #dropping = false;
  #kept = 0;
  #dropped = 0;

  constructor(field: string) {
    this.#field = field;
  }

  push(fragment: string): { text: string; rest: string } {
    let text = "";
    let rest = "";
    for (let at = 0; at < fragment.length; at++) {
      const before = this.#object.place;
      const unescaped = this.#object.step(fragment[at]!);
      if (this.#dropping && before === "string") text += unescaped;
      rest += this.#sort(fragment[at]!, before);
    }
    return { text, rest };
  }

  /** What is still held when no more text will come. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** Takes one character that has been scanned and gives what can now be passed on. */
  #sort(char: string, before: Place): string {
    const { place, key } = this.#object;
    if (before === "between" || before === "key") {
      this.#held += char;
      if (place === "between" || place === "key") return "";
      if (place === "after") return this.#release();
      this.#dropping = key === this.#field;
      if (!this.#dropping) return this.#release();
      this.#held = "";
      this.#dropped++;
      return "";
    }
    if (place === "between" && before !== "before") {
      if (!this.#dropping) this.#kept++;
      this.#dropping = false;
      this.#held = char;
      return "";
    }
    if (place === "after") this.#dropping = false;
    return this.#dropping ? "" : char;
  }

  #release(): string {
    const held = this.end();
    return this.#dropped > 0 && this.#kept === 0 ? held.replace(/^[\s,]+/, "") : held;
  }
}

/** Follows the text of one JSON object, a UTF-16 unit at a time. */
class ObjectScanner {
  place: Place = "before";
  /** Of the field that is being read. */
  key = "";
  readonly #string = new StringDecoder();
  /** How deep inside a value that is an object or a list. */
  #depth = 0;
  #quote: "none" | "open" | "escape" = "none";

  /** Returns what the unit adds to the string that is being read, a key or a value. */
  step(char: string): string {
    if (this.place === "key" || this.place === "string") return this.#stepString(char);
    if (this.place === "other") this.#stepOther(char);
    else if (this.place !== "after" && !isSpace(char)) this.#stepStructure(char);
    return "";
  }

  #stepString(char: string): string {
    const { text, closed } = this.#string.push(char);
    if (this.place === "key") this.key += text;
    if (closed) this.place = this.place === "key" ? "colon" : "other";
    return text;
  }

  #stepStructure(char: string): void {
    const { place } = this;
    if (place === "before") this.place = char === "{" ? "between" : "after";
    else if (place === "colon") this.place = char === ":" ? "value" : "after";
    else if (place === "between" && char === '"') {
      this.place = "key";
      this.key = "";
    } else if (place === "between" && char !== ",") this.place = "after";
    else if (place === "value" && char === '"') this.place = "string";
    else if (place === "value") {
      this.place = "other";
      this.#stepOther(char);
    }
  }

  #stepOther(char: string): void {
    if (this.#quote === "escape") this.#quote = "open";
    else if (this.#quote === "open") {
      if (char === "\\") this.#quote = "escape";
      else if (char === '"') this.#quote = "none";
    } else if (char === '"') this.#quote = "open";
    else if (char === "{" || char === "[") this.#depth++;
    else if (char === "}" || char === "]") {
      if (this.#depth === 0) this.place = "after";
      else this.#depth--;
    } else if (char === "," && this.#depth === 0) this.place = "between";
  }
}

const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const REPLACEMENT = "\uFFFD";

/** Reads one JSON string behind its opening quote, and after its closing quote the next one. */
class StringDecoder {
  /** An escape that is not complete, from its backslash. */
  #escape = "";
  /** The first half of a surrogate pair. */
  #high = "";

  push(char: string): { text: string; closed: boolean } {
    if (this.#escape === "" && char === "\\") {
      this.#escape = char;
      return { text: "", closed: false };
    }
    if (this.#escape === "") {
      return char === '"' ? { text: this.#flush(), closed: true } : { text: this.#join(char), closed: false };
    }
    return this.#pushEscape(char);
  }

  #pushEscape(char: string): { text: string; closed: boolean } {
    const sequence = this.#escape + char;
    this.#escape = "";
    if (sequence === "\\u" || /^\\u[0-9a-f]{1,3}$/i.test(sequence)) {
      this.#escape = sequence;
      return { text: "", closed: false };
    }
    if (sequence.length === 2) return { text: this.#join(ESCAPES[char] ?? char), closed: false };
    if (/^\\u[0-9a-f]{4}$/i.test(sequence)) {
      return { text: this.#join(String.fromCharCode(Number.parseInt(sequence.slice(2), 16))), closed: false };
    }
    const broken = this.#join(REPLACEMENT);
    const next = this.push(char);
    return { text: broken + next.text, closed: next.closed };
  }

  #join(unit: string): string {
    const code = unit.charCodeAt(0);
    const high = this.#high;
    if (code >= 0xdc00 && code <= 0xdfff) {
      this.#high = "";
      return high === "" ? REPLACEMENT : high + unit;
    }
    const before = this.#flush();
    if (code < 0xd800 || code > 0xdbff) return before + unit;
    this.#high = unit;
    return before;
  }

  /** The end of a pair never came. */
  #flush(): string {
    const lone = this.#high === "" ? "" : REPLACEMENT;
    this.#high = "";
    return lone;
  }
}

function isSpace(char: string): boolean {
  return char === " " || char === "\n" || char === "\r" || char === "\t";
}
