/**
 * How well something fits what was typed, from 1 (its name is just that) to 0 (it does not): by its name first, then by
 * words that belong to it, last by a name that has the letters in their order.
 */
export function rankOf(typed: string, name: string, words: readonly string[] = []): number {
  const text = typed.trim().toLowerCase();
  const title = name.toLowerCase();
  if (text === "" || title === text) return 1;
  if (title.startsWith(text)) return 0.9;
  if (title.includes(text)) return 0.8;
  const all = [title, ...words.map((word) => word.toLowerCase())];
  if (text.split(/\s+/).every((part) => all.some((word) => word.includes(part)))) return 0.5;
  return hasInOrder(title, text) ? 0.1 : 0;
}

function hasInOrder(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
