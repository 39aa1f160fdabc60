import type { Finding, Observed, ObservedCall, ToolsCheck } from "./check";
import { listOf, quoted } from "./text";

/** Whether a value is, or has at least, what is wanted: keys of objects may be more, lists are compared item by item. */
export function contains(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(value) && value.length === wanted.length && wanted.every((one, n) => contains(value[n], one));
  if (wanted !== null && typeof wanted === "object") {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
    return Object.entries(wanted).every(
      ([key, one]) => Object.hasOwn(value, key) && contains((value as Record<string, unknown>)[key], one),
    );
  }
  return value === wanted;
}

/** What is asked of the calls of tools, in all turns. */
export function checkTools(check: ToolsCheck, { turns }: Observed): Finding[] {
  const calls = turns.flatMap((turn) => turn.calls);
  const last = turns.at(-1)?.step_id ?? null;
  const finding = (expected: string, passed: boolean, found: string, step_id: string | null = last): Finding => ({
    ...{ kind: "tools", expected, passed, found, step_id },
  });
  const all = calls.length === 0 ? "no tool was called" : `called: ${calls.map(({ name }) => name).join(", ")}`;
  const of = (name: string) => calls.filter((call) => call.name === name);
  return [
    ...listOf(check.called).map((name) =>
      finding(`${name} is called`, of(name).length > 0, of(name)[0]?.arguments ?? all, of(name)[0]?.step_id),
    ),
    ...listOf(check.never).map((name) => {
      const call = of(name)[0];
      return finding(
        `${name} is never called`,
        !call,
        call ? `called with ${quoted(call.arguments)}` : "it was not",
        call?.step_id,
      );
    }),
    ...Object.entries(check.arguments ?? {}).map(([name, wanted]) =>
      withArguments(name, wanted, of(name), finding, all),
    ),
    ...(check.order ? [inOrder(check.order, calls, finding, all)] : []),
    ...limits(check.at_most).map(([name, most]) => {
      const those = name === null ? calls : of(name);
      const what = name ?? "tools";
      const times = (n: number) => (n === 1 ? "once" : `${n} times`);
      return finding(
        `${what} called at most ${times(most)}`,
        those.length <= most,
        times(those.length),
        those[most]?.step_id,
      );
    }),
  ];
}

type Told = (expected: string, passed: boolean, found: string, step_id?: string | null) => Finding;

function limits(most: ToolsCheck["at_most"]): [string | null, number][] {
  if (most === undefined) return [];
  return typeof most === "number" ? [[null, most]] : Object.entries(most);
}

function withArguments(
  name: string,
  wanted: Record<string, unknown>,
  calls: readonly ObservedCall[],
  finding: Told,
  all: string,
): Finding {
  const fits = calls.find((call) => contains(parsed(call.arguments), wanted));
  const expected = `${name} is called with ${quoted(JSON.stringify(wanted))}`;
  if (fits) return finding(expected, true, quoted(fits.arguments), fits.step_id);
  const closest = calls.at(-1);
  return finding(expected, false, closest ? `called with ${quoted(closest.arguments)}` : all, closest?.step_id);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function inOrder(order: readonly string[], calls: readonly ObservedCall[], finding: Told, all: string): Finding {
  let next = 0;
  let last: string | null | undefined;
  for (const call of calls) {
    if (call.name !== order[next]) continue;
    next++;
    last = call.step_id;
  }
  return finding(`calls in the order ${order.join(", ")}`, next === order.length, all, last);
}
