/** Text without what Postgres can't hold: NUL bytes, and halves of surrogate pairs (these become U+FFFD). */
export function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}
