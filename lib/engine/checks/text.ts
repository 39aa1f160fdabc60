import type { CheckKind, Finding, TextCheck, Texts } from "./check";

const MOST_QUOTED = 300;

export const listOf = (texts: Texts | undefined): string[] =>
  texts === undefined ? [] : typeof texts === "string" ? [texts] : texts;

/** A text in quotes, cut where it is long. */
export function quoted(text: string): string {
  const shown = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
  return shown === "" ? "nothing" : `“${shown}”`;
}

/** Whether a text holds another, by letters or, unless asked otherwise, whatever their case. */
export function holds(text: string, wanted: string, ignoreCase = true): boolean {
  return ignoreCase ? text.toLowerCase().includes(wanted.toLowerCase()) : text.includes(wanted);
}

/** A line around the first place of a text, so that a finding shows what was there. */
export function around(text: string, wanted: string): string {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0) return quoted(text);
  const from = text.lastIndexOf("\n", at) + 1;
  const end = text.indexOf("\n", at + wanted.length);
  return quoted(text.slice(from, end < 0 ? undefined : end).trim());
}

export type Subject = { kind: CheckKind; name: string; text: string; step_id: string | null };

/** What a text is asked, one finding for each expectation. */
export function checkText(subject: Subject, check: TextCheck): Finding[] {
  const { kind, name, text, step_id } = subject;
  const ignoreCase = check.ignore_case ?? true;
  const one = (expected: string, passed: boolean, found: string): Finding => ({
    kind,
    expected: `${name} ${expected}`,
    passed,
    found,
    step_id,
  });
  return [
    ...listOf(check.contains).map((wanted) => {
      const there = holds(text, wanted, ignoreCase);
      return one(`contains ${quoted(wanted)}`, there, there ? around(text, wanted) : quoted(text));
    }),
    ...listOf(check.lacks).map((wanted) => {
      const there = holds(text, wanted, ignoreCase);
      return one(`lacks ${quoted(wanted)}`, !there, there ? around(text, wanted) : "it is not there");
    }),
    ...listOf(check.matches).map((pattern) => {
      const match = new RegExp(pattern, ignoreCase ? "imu" : "mu").exec(text);
      return one(`matches /${pattern}/`, match !== null, match ? quoted(match[0]) : quoted(text));
    }),
    ...listOf(check.lacks_match).map((pattern) => {
      const match = new RegExp(pattern, ignoreCase ? "imu" : "mu").exec(text);
      return one(`matches /${pattern}/ nowhere`, match === null, match ? quoted(match[0]) : "no match");
    }),
    ...(check.equals === undefined
      ? []
      : [one(`is ${quoted(check.equals)}`, text.trim() === check.equals.trim(), quoted(text))]),
  ];
}
