/** Deeper values are refused, as JSON's are. */
const MOST_DEPTH = 100;

/**
 * Reads a Python literal of values that JSON has too: what some models write in the place of JSON (`{'a': True, 'b':
 * None}`). JSON itself is one, with true, false and null; so are trailing commas and tuples. Strings side by side are no
 * string here: more often a quote was not escaped, or a comma is missing.
 *
 * @throws SyntaxError for all else, with the place.
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const WORDS: Record<string, unknown> = { True: true, False: false, None: null, true: true, false: false, null: null };
const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", a: "\x07", v: "\v", "0": "\0" };
const NUMBER = /[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z]+/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): unknown {
    if (depth > MOST_DEPTH) throw this.#wrong();
    const char = this.#next();
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#list("]", depth);
    if (char === "(") return this.#list(")", depth);
    if (char === "'" || char === '"') return this.#string(char);
    const number = this.#match(NUMBER);
    if (number !== null) return Number(number.replaceAll("_", ""));
    const word = this.#match(WORD);
    if (word !== null && Object.hasOwn(WORDS, word)) return WORDS[word];
    throw this.#wrong();
  }

  end(): void {
    if (this.#next() !== undefined) throw this.#wrong();
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at++;
    while (this.#next() !== "}") {
      const key = this.value(depth + 1);
      if (typeof key !== "string" && typeof key !== "number") throw this.#wrong();
      if (this.#next() !== ":") throw this.#wrong();
      this.#at++;
      entries.push([String(key), this.value(depth + 1)]);
      this.#separator("}");
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #list(close: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== close) {
      items.push(this.value(depth + 1));
      this.#separator(close);
    }
    this.#at++;
    return items;
  }

  #separator(close: string): void {
    const char = this.#next();
    if (char === ",") this.#at++;
    else if (char !== close) throw this.#wrong();
  }

  #string(quote: string): string {
    const triple = quote.repeat(3);
    const close = this.#text.startsWith(triple, this.#at) ? triple : quote;
    this.#at += close.length;
    const pieces: string[] = [];
    while (!this.#text.startsWith(close, this.#at)) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw this.#wrong();
      pieces.push(char === "\\" ? this.#escape() : char);
    }
    this.#at += close.length;
    return pieces.join("");
  }

  #escape(): string {
    const char = this.#text[this.#at++];
    if (char === undefined) throw this.#wrong();
    const digits = { x: 2, u: 4, U: 8 }[char];
    if (digits === undefined)
      return char === "\n" ? "" : (ESCAPES[char] ?? (/[\\'"/]/.test(char) ? char : `\\${char}`));
    const code = this.#text.slice(this.#at, this.#at + digits);
    if (code.length < digits || !/^[\da-f]+$/i.test(code) || Number.parseInt(code, 16) > 0x10ffff) throw this.#wrong();
    this.#at += digits;
    return String.fromCodePoint(Number.parseInt(code, 16));
  }

  #next(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`no Python literal at ${this.#at}`);
  }
}
