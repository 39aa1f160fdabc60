import { z } from "zod";
import type {
  ArchiveCheck,
  Check,
  ContextCheck,
  Finding,
  LimitsCheck,
  Observed,
  ReplyCheck,
  SearchCheck,
} from "./check";
import { checkMemory } from "./memory";
import { around, checkText, holds, listOf, quoted } from "./text";
import { checkTools, contains } from "./tools";

/**
 * What a check finds, one finding for each expectation. Pure: a judge and own code are asked elsewhere, and have no finding
 * here. A check of a pattern may take long, and is for a thread (`needsThread`).
 */
export function evaluate(check: Check, observed: Observed): Finding[] {
  if (check.reply) return checkReply(check.reply, observed);
  if (check.tools) return checkTools(check.tools, observed);
  if (check.memory) return checkMemory(check.memory, observed);
  if (check.archive) return checkArchive(check.archive, observed);
  if (check.search) return checkSearch(check.search, observed);
  if (check.context) return checkContext(check.context, observed);
  if (check.limits) return checkLimits(check.limits, observed);
  return [];
}

/** Whether others' patterns or schemas are tried on texts. */
export function needsThread({ reply, memory }: Check): boolean {
  return (
    [reply, memory].some((one) => one?.matches !== undefined || one?.lacks_match !== undefined) ||
    reply?.schema !== undefined
  );
}

type Reply = { text: string; step_id: string | null };

function checkReply(check: ReplyCheck, observed: Observed): Finding[] {
  const of = check.of ?? "last";
  const replies = observed.turns.flatMap(({ replies, step_id }) => replies.map((text): Reply => ({ text, step_id })));
  const last = observed.turns.at(-1);
  const none: Reply = { text: "", step_id: last?.step_id ?? null };
  if (of === "last") {
    const said = last && last.replies.length > 0 ? { text: last.replies.join("\n\n"), step_id: last.step_id } : none;
    return one(check, said, "the reply");
  }
  const all = (replies.length === 0 ? [none] : replies).map((reply) =>
    one(check, reply, of === "any" ? "one reply" : "each reply"),
  );
  // Of each expectation: the reply that meets it, or the one that does not.
  return all[0]!.map((first, index) => {
    const findings = all.map((findings) => findings[index]!);
    return findings.find(({ passed }) => passed === (of === "any")) ?? first;
  });
}

function one(check: ReplyCheck, { text, step_id }: Reply, name: string): Finding[] {
  const finding = (expected: string, passed: boolean, found: string): Finding => ({
    ...{ kind: "reply", expected: `${name} ${expected}`, passed, found, step_id },
  });
  const size = `it has ${text.length}`;
  return [
    ...checkText({ kind: "reply", name, text, step_id }, check),
    ...(check.at_least === undefined
      ? []
      : [finding(`has at least ${check.at_least} characters`, text.length >= check.at_least, size)]),
    ...(check.at_most === undefined
      ? []
      : [finding(`has at most ${check.at_most} characters`, text.length <= check.at_most, size)]),
    ...(check.equals_json === undefined ? [] : [equalsJson(check.equals_json, text, finding)]),
    ...(check.schema === undefined ? [] : [fitsSchema(check.schema, text, finding)]),
  ];
}

type Told = (expected: string, passed: boolean, found: string) => Finding;

/** The value of a text that is JSON, also in a fence. */
export function jsonOf(text: string): { value: unknown } | null {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1];
  try {
    return { value: JSON.parse(fenced ?? text) };
  } catch {
    return null;
  }
}

function equalsJson(wanted: unknown, text: string, finding: Told): Finding {
  const given = jsonOf(text);
  const expected = `is the JSON ${quoted(JSON.stringify(wanted))}`;
  if (!given) return finding(expected, false, `it is no JSON: ${quoted(text)}`);
  return finding(
    expected,
    contains(given.value, wanted) && contains(wanted, given.value),
    quoted(JSON.stringify(given.value)),
  );
}

function fitsSchema(schema: Record<string, unknown>, text: string, finding: Told): Finding {
  const given = jsonOf(text);
  if (!given) return finding("fits the JSON schema", false, `it is no JSON: ${quoted(text)}`);
  const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(given.value);
  const issue = parsed.error?.issues[0];
  const found = issue
    ? `${issue.path.join(".") || "the whole"}: ${issue.message}`
    : quoted(JSON.stringify(given.value));
  return finding("fits the JSON schema", parsed.success, found);
}

function checkArchive(check: ArchiveCheck, { archive, writes }: Observed): Finding[] {
  const written = writes.findLast(({ label }) => label === null)?.step_id ?? null;
  const finding = (expected: string, passed: boolean, found: string): Finding => ({
    ...{ kind: "archive", expected: `the archive ${expected}`, passed, found, step_id: written },
  });
  const { after } = archive;
  const count = `it has ${after.length}`;
  const ignoreCase = check.ignore_case ?? true;
  const having = (text: string) => after.find((passage) => holds(passage, text, ignoreCase));
  return [
    ...listOf(check.holds).map((text) => {
      const found = having(text);
      const newest =
        after.length === 0 ? "it is empty" : `not in its ${after.length}; the newest is ${quoted(after.at(-1)!)}`;
      return finding(`holds ${quoted(text)}`, found !== undefined, found === undefined ? newest : around(found, text));
    }),
    ...listOf(check.lacks).map((text) => {
      const found = having(text);
      return finding(
        `lacks ${quoted(text)}`,
        found === undefined,
        found === undefined ? "it is not there" : around(found, text),
      );
    }),
    ...(check.at_least === undefined
      ? []
      : [finding(`has at least ${check.at_least} passages`, after.length >= check.at_least, count)]),
    ...(check.at_most === undefined
      ? []
      : [finding(`has at most ${check.at_most} passages`, after.length <= check.at_most, count)]),
  ];
}

export const SEARCHED = 10;

function checkSearch({ query, finds, within = 5 }: SearchCheck, { searches }: Observed): Finding[] {
  const found = searches[query] ?? [];
  return listOf(finds).map((text) => {
    const rank = found.findIndex((passage) => holds(passage, text)) + 1;
    const first = found[0] === undefined ? "nothing was found" : `the first is ${quoted(found[0])}`;
    return {
      kind: "search",
      expected: `a search for ${quoted(query)} has ${quoted(text)} in its first ${within}`,
      passed: rank > 0 && rank <= within,
      found: rank > 0 ? `it is number ${rank}` : first,
      step_id: null,
    };
  });
}

function checkContext(check: ContextCheck, { context }: Observed): Finding[] {
  const finding = (expected: string, passed: boolean, found: string): Finding => ({
    ...{ kind: "context", expected: `the context ${expected}`, passed, found, step_id: context?.step_id ?? null },
  });
  if (!context) return [finding("can be looked at", false, "no step was taken")];
  const { tokens, sections } = context;
  const all = sections.join(", ");
  return [
    ...(check.at_most === undefined
      ? []
      : [finding(`has at most ${check.at_most} tokens`, tokens <= check.at_most, `it has ${tokens}`)]),
    ...listOf(check.has).map((name) =>
      finding(`has a section ${quoted(name)}`, sections.includes(name), `it has ${all}`),
    ),
    ...listOf(check.lacks).map((name) =>
      finding(`has no section ${quoted(name)}`, !sections.includes(name), `it has ${all}`),
    ),
  ];
}

function checkLimits(check: LimitsCheck, { used, turns }: Observed): Finding[] {
  const last = turns.at(-1);
  const finding = (expected: string, passed: boolean, found: string): Finding => ({
    ...{ kind: "limits", expected, passed, found, step_id: last?.step_id ?? null },
  });
  const stop = last?.stop_reason ?? "none";
  const { cost } = used;
  return [
    ...(check.steps === undefined
      ? []
      : [finding(`at most ${check.steps} steps`, used.steps <= check.steps, `${used.steps} steps`)]),
    ...(check.seconds === undefined
      ? []
      : [
          finding(
            `at most ${check.seconds} seconds`,
            used.seconds <= check.seconds,
            `${used.seconds.toFixed(1)} seconds`,
          ),
        ]),
    ...(check.tokens === undefined
      ? []
      : [finding(`at most ${check.tokens} tokens`, used.tokens <= check.tokens, `${used.tokens} tokens`)]),
    ...(check.cost === undefined
      ? []
      : [
          finding(
            `costs at most $${check.cost}`,
            cost !== null && cost <= check.cost,
            cost === null ? "the price of a step is not known" : `$${cost.toFixed(4)}`,
          ),
        ]),
    ...(check.stop === undefined
      ? []
      : [finding(`stops with ${listOf(check.stop).join(" or ")}`, listOf(check.stop).includes(stop), stop)]),
  ];
}
