import type { ModelRequest } from "@/lib/engine/model";
import { adding, blockFor, blocksOf, type Call, lineOfKey, linesOf, lineWith, replacing, type View } from "./memory";
import { namedCall } from "./named-tool";
import { type Done, doneIn, returnText, type Turn, turnOf } from "./said";
import { type Wish, wishesOf } from "./wishes";
import { clip, includes, isAlike, keywords, score } from "./words";

/** What is done next: a call, or something to say. */
export type Plan = { thought: string; call: Call } | { thought: string; say: string };

type State = { turn: Turn; views: View[]; has: (tool: string) => boolean };
type Move = { thought: string; call: Call } | { told: string };

/**
 * The next step of a turn, from the transcript alone: wishes are read from what the person said last, what was done
 * about them from the calls since, and what memory says from the prompt and those calls.
 */
export function planOf(request: ModelRequest): Plan {
  const turn = turnOf(request);
  const state: State = {
    turn,
    views: blocksOf(request),
    has: (name) => request.tools.some((tool) => tool.name === name),
  };
  const failed = turn.done.at(-1);
  if (failed?.ret.status === "error")
    return say(`The tool ${failed.name} failed: ${clip(returnText(failed.ret), 200)}`);
  const named = turn.text === "" ? null : namedCall(turn.text, request.tools);
  const moves = named ? [calledByName(named, state)] : wishesOf(turn.text).map((wish) => moveOf(wish, state));
  for (const move of moves) if ("call" in move) return move;
  const told = [
    ...doneTexts(turn.done, named),
    ...moves.flatMap((move) => ("told" in move && move.told !== "" ? [move.told] : [])),
  ];
  if (told.length > 0) return say(told.join(" "));
  return say(turn.text === "" ? "Hello." : `You wrote ${turn.text.length} characters: “${clip(turn.text, 120)}”.`);
}

const say = (text: string): Plan => ({ thought: "A fixed rule picks this answer.", say: text });

function moveOf(wish: Wish, state: State): Move {
  switch (wish.kind) {
    case "keep":
      return keep(wish, state);
    case "change":
      return change(wish, state);
    case "archive":
      return once(
        "The message wants something archived.",
        callOr(state.has, "archival_memory_insert", { content: wish.text }),
        state,
        "I have no tool to write archival memory with.",
      );
    case "forget":
      return forget(wish, state);
    case "search":
      return search(wish, state);
    default:
      return ask(wish.question, state);
  }
}

/** A call that is made once a turn: when it has been, there is nothing left to do. */
function once(thought: string, call: Call | null, { turn }: State, without: string): Move {
  if (!call) return { told: without };
  const same = ({ name, args }: Done) => name === call.name && JSON.stringify(args) === JSON.stringify(call.args);
  return turn.done.some(same) ? { told: "" } : { thought, call };
}

const callOr = (has: State["has"], name: string, args: Call["args"]): Call | null =>
  has(name) ? { name, args } : null;

function keep({ fact, old, corrects }: Extract<Wish, { kind: "keep" }>, state: State): Move {
  const { views, has, turn } = state;
  const { note, of } = fact;
  const target = blockFor(of, views);
  const open = views.filter((view) => !view.readOnly);
  const stands = lineWith(views, note);
  const stale = old
    ? open.flatMap((view) =>
        linesOf(view)
          .filter((line) => includes(line, old) && !includes(line, note))
          .map((line) => ({ view, line })),
      )
    : [];
  const before = stale.sort((a, b) => score(keywords(note), b.line) - score(keywords(note), a.line))[0];
  if (before) {
    const by = withNew(before.line, note, old!);
    return once("The message corrects what memory says.", replacing(before.view, before.line, by, has), state, NO_EDIT);
  }
  if (stands)
    return {
      told:
        turn.done.length > 0
          ? ""
          : `I know that already: “${stands.line.trim()}” stands in the block “${stands.view.label}”.`,
    };
  const key = fact.key ?? (corrects ? leadOf(note) : null);
  const line = key && target ? lineOfKey(target, key) : null;
  const call = (line && replacing(target!, line, note, has)) || adding(target, note, has);
  const thought = line
    ? "The message changes a fact, so the line that says it is replaced."
    : "The message states a fact, so it is written to memory.";
  return once(thought, call, state, `I have no tool to write memory with, so I can't keep “${note}”.`);
}

const NO_EDIT = "I have no tool to change memory with.";

/** The words that lines about the same begin with: `Allergic to`, `Speaks`. */
const leadOf = (note: string) => /^(?:\S+ (?:\S+ )?(?:to|in|at|as|for|on|of|with|from) |\S+ )/i.exec(note)?.[0] ?? null;

/** A line with the new value where the old one stood: what else it says stays. */
function withNew(line: string, note: string, old: string): string {
  const words = note.split(" ");
  const before = line.split(" ");
  let same = 0;
  while (same < words.length - 1 && words[same]!.toLowerCase() === before[same]?.toLowerCase()) same++;
  return same === 0 ? note : replaceText(line, old, words.slice(same).join(" "));
}

function replaceText(line: string, old: string, by: string): string {
  const at = line.toLowerCase().indexOf(old.toLowerCase());
  return line.slice(0, at) + by + line.slice(at + old.length);
}

function change({ old, by }: Extract<Wish, { kind: "change" }>, state: State): Move {
  const found = lineWith(
    state.views.filter((view) => !view.readOnly),
    old,
  );
  if (!found) return { told: state.turn.done.length > 0 ? "" : `Nothing in my memory says “${old}”.` };
  const call = replacing(found.view, found.line, replaceText(found.line, old, by), state.has);
  return once("The message corrects what memory says.", call, state, NO_EDIT);
}

function forget({ about, exact }: Extract<Wish, { kind: "forget" }>, state: State): Move {
  const { turn, has } = state;
  const found = doomed(about, exact, state);
  if (!found)
    return {
      told:
        turn.done.length > 0
          ? ""
          : `My memory blocks say nothing about that${about ? ` (“${clip(about, 60)}”)` : ""}, so there is nothing to forget.`,
    };
  const call = replacing(found.view, found.line, found.by, has);
  return once("The message wants something forgotten.", call, state, NO_EDIT);
}

const ALL =
  /^(?:everything|all|it all|all of (?:it|that|this)|everything (?:about me|you know.*|i (?:said|told you).*)|all (?:you know|about me|facts|memories|your memories|my (?:data|information|info)).*|(?:all (?:of )?)?(?:your|my|the) (?:memory|memories|data|human block)(?: (?:about|of) me)?|me|about me|you know about me|you ever met me)?$/i;
const LAST =
  /^(?:it|that|this|(?:what|that) (?:i )?just said|what i (?:just )?(?:said|told you)|the last (?:one|thing|fact|line)(?: i (?:said|told you))?|i (?:just )?said that)?$/i;

/** The line to take out next, or to cut: null where none is left. */
function doomed(
  about: string,
  exact: string | null,
  { views, turn }: State,
): { view: View; line: string; by: string | null } | null {
  const open = views.filter((view) => !view.readOnly);
  if (about !== "" && ALL.test(about)) {
    const view = open.filter(({ label }) => label !== "persona").find((one) => linesOf(one).length > 0);
    return view ? { view, line: linesOf(view)[0]!, by: null } : null;
  }
  if (LAST.test(about)) return turn.done.length > 0 ? null : lastNoted(open, turn);
  const whole = exact && lineWith(open, exact);
  const wanted = keywords(about);
  if (whole) return { ...whole, by: whole.line.trim().length > exact.length ? withoutItem(whole.line, wanted) : null };
  if (wanted.length === 0) return null;
  const need = exact ? wanted.length : Math.max(1, Math.ceil(wanted.length / 2));
  const scored = open.flatMap((view) => linesOf(view).map((line) => ({ view, line, points: score(wanted, line) })));
  const best = scored.filter(({ points }) => points >= need).sort((a, b) => b.points - a.points)[0];
  return best ? { view: best.view, line: best.line, by: withoutItem(best.line, wanted) } : null;
}

/** The line that the last edit before this turn has put there. */
function lastNoted(open: View[], { before }: Turn): { view: View; line: string; by: null } | null {
  for (const { args } of doneIn(before).reverse()) {
    const note = [args.new_string, args.content, args.insert_text].find(
      (one) => typeof one === "string" && one !== "",
    ) as string | undefined;
    const found = note && lineWith(open, note);
    if (found) return { ...found, by: null };
  }
  return null;
}

/** A line that lists several things without the one that is meant; null where nothing else is left of it. */
function withoutItem(line: string, wanted: readonly string[]): string | null {
  const [, lead = "", list = ""] =
    /^(.*?\b(?:to|of|in|with|likes|loves|hates|speaks|plays|has|eats?|:)\s)(.+)$/i.exec(line) ?? [];
  const items = list.split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
  const isMeant = (item: string) => keywords(item).some((own) => wanted.some((one) => isAlike(own, one)));
  const left = items.filter((item) => !isMeant(item));
  return items.length < 2 || left.length === items.length || left.length === 0 ? null : lead + left.join(" and ");
}

const SEARCHES = {
  conversation: ["conversation_search", "search_memory"],
  archival: ["archival_memory_search"],
  web: ["web_search"],
  files: ["semantic_search_files", "grep_files"],
};

function search({ where, query }: Extract<Wish, { kind: "search" }>, state: State): Move {
  const name = SEARCHES[where].find(state.has);
  const words =
    where === "conversation"
      ? "our conversations"
      : where === "archival"
        ? "archival memory"
        : where === "web"
          ? "the web"
          : "files";
  const move = once(
    `The message wants ${words} searched.`,
    name ? searchCall(name, query) : null,
    state,
    `I have no tool to search ${words} with.`,
  );
  const lines = where === "conversation" && "told" in move ? best(keywords(query), state.views, false) : [];
  return lines.length > 0 ? { told: `From memory: ${lines.slice(0, 3).map(quote).join("; ")}.` } : move;
}

function searchCall(name: string, query: string): Call {
  if (name === "conversation_search") return { name, args: { query, limit: 5 } };
  if (name === "search_memory") return { name, args: { convo_keyword_queries: [query] } };
  return { name, args: name === "grep_files" ? { pattern: query } : { query } };
}

const WHOLE =
  /\b(?:what|everything|all|anything|things?|facts?|list|show|tell)\b.*\b(?:(?:you|do you) (?:know|remember|recall)|know|remember|stored?|saved|noted|learned|memory|memories|blocks?)\b(?: (?:about|of) me)?(?: so far)?$|\b(?:about me|who i am|who am i)$/i;

/** An answer from the blocks, with the line that it was read from; where they say nothing, older messages are searched. */
function ask(question: string, state: State): Move {
  const { views, turn } = state;
  const aboutAgent =
    /\b(?:your|yourself|you)\b/i.test(
      question.replace(/\b(?:do|did|can|could|will|would) you\b|\byou (?:know|remember|recall|have)\b/gi, ""),
    ) && !/\b(?:my|i|me|mine)\b/i.test(question);
  if (/\bwho am i\b/i.test(question)) return told(best(keywords("name"), views, false), "who you are", state, "name");
  if (/\bwho are you\b|\bwhat are you\b/i.test(question))
    return { told: "I am a small fixed program that stands in for a model." };
  if (
    WHOLE.test(question) &&
    keywords(question.replace(/\b(?:stored?|saved|noted|learned|known?|far)\b/gi, "")).length === 0
  ) {
    const lines = views
      .filter(({ label }) => aboutAgent || label !== "persona")
      .flatMap((view) => linesOf(view).map((line) => ({ view, line })));
    return {
      told:
        lines.length > 0
          ? `My memory says: ${lines.slice(0, 20).map(quote).join("; ")}.`
          : "My memory blocks are empty.",
    };
  }
  const block = /\bblocks?\b/i.test(question) && views.find(({ label }) => includes(question, label));
  if (block)
    return { told: `The block “${block.label}” says: ${linesOf(block).slice(0, 20).join("; ") || "nothing"}.` };
  const wanted = keywords(question.replace(/\bdo (?:i do )?for (?:a |my )?(?:living|work)\b/i, "job"));
  if (wanted.length === 0) return { told: "" };
  const found = best(wanted, views, aboutAgent);
  if (found.length > 0 || turn.done.length > 0) return told(found, "that", state, question);
  const isOwn = /\b(?:my|i|me|mine|we|our|you (?:remember|know|recall))\b/i.test(question);
  const name = isOwn ? ["archival_memory_search", "conversation_search"].find(state.has) : undefined;
  if (!name) return told([], "that", state, question);
  return {
    thought: "No block says it, so what lies beyond them is searched.",
    call: searchCall(name, wanted.length > 0 ? queryWords(question) : question),
  };
}

/** The words of a question that are no stopwords, as they were written. */
function queryWords(question: string): string {
  const words = question.match(/[\p{L}\p{N}'-]+/gu) ?? [];
  return words.filter((word) => keywords(word).length > 0).join(" ") || question;
}

type Found = { view: View; line: string };
const quote = ({ view, line }: Found) => `“${line.trim()}” (block “${view.label}”)`;

function told(found: Found[], what: string, { turn }: State, _question: string): Move {
  if (found.length > 0) return { told: `From memory: ${found.slice(0, 3).map(quote).join("; ")}.` };
  return {
    told: turn.done.some(({ name }) => /search/.test(name)) ? "" : `My memory blocks say nothing about ${what}.`,
  };
}

/** The lines that are most about the words, those of the block that is rather meant first. */
function best(wanted: readonly string[], views: readonly View[], aboutAgent: boolean): Found[] {
  const scored = views.flatMap((view) => {
    const bonus = (view.label === "persona") === aboutAgent ? 0.5 : 0;
    return linesOf(view).map((line) => {
      const own = keywords(line);
      const exact = wanted.filter((one) => own.some((other) => isAlike(one, other))).length;
      const points = score(wanted, line);
      return { view, line, points: points === 0 ? 0 : points + exact / 2 + bonus };
    });
  });
  const most = Math.max(0, ...scored.map(({ points }) => points));
  return scored.filter(({ points }) => points > 0 && points === most);
}

function calledByName(call: Call, state: State): Move {
  return once(`The message names the tool ${call.name}.`, call, state, "");
}

/** What the calls of this turn have come to, for the person. */
function doneTexts(done: readonly Done[], named: Call | null): string[] {
  return done.map(({ name, args, ret }) => {
    const text = returnText(ret);
    const note = [args.new_string, args.new_content, args.content, args.insert_text].find(
      (one) => typeof one === "string" && one.trim() !== "",
    );
    if (named) return `The tool ${name} returned: ${clip(text, 400)}`;
    if (/search|grep/.test(name)) return foundText(name, text);
    const old = [args.old_string, args.old_content].find((one): one is string => typeof one === "string" && one !== "");
    if (old !== undefined)
      return note
        ? `I changed my memory: “${String(note).trim()}” stands where “${old.trim()}” did.`
        : `I have forgotten “${old.trim()}”.`;
    return note ? `I will remember: “${String(note).trim()}”.` : `Done: ${name} changed what I will remember.`;
  });
}

function foundText(name: string, text: string): string {
  const where =
    name === "archival_memory_search" ? "archival memory" : name === "conversation_search" ? "our conversation" : name;
  return `I searched ${where}. It returned: ${clip(text, 400)}`;
}
