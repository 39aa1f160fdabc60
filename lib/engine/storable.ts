/** Text whose lines end as models end them. */
export function unixLines(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** Text without what Postgres can't hold: NUL bytes, and halves of surrogate pairs (these become U+FFFD). */
export function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}
