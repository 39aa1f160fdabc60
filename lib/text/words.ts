/** Scripts written without spaces between words. */
const UNSPACED = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]";
const EMOJI = "\\p{Extended_Pictographic}(?:[\\p{M}\\p{EMod}]|\\u200d\\p{Extended_Pictographic})*|\\p{RI}\\p{RI}";
const WORD = new RegExp(
  `${UNSPACED}\\p{M}*|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}_])+|${EMOJI}|\\r\\n|\\n|[^\\S\\r\\n]+|[\\s\\S]`,
  "gu",
);

/** Words, runs of spaces, line ends, emoji as they are seen, and single signs; together they are the text. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}
