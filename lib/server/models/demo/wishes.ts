import { type Fact, factsOf, sentencesOf } from "./facts";
import { capitalized } from "./words";

/** What a sentence asks for. */
export type Wish =
  | { kind: "keep"; fact: Fact; old: string | null; corrects: boolean }
  | { kind: "change"; old: string; by: string }
  | { kind: "archive"; text: string }
  | { kind: "forget"; about: string; exact: string | null }
  | { kind: "search"; where: "conversation" | "archival" | "web" | "files"; query: string }
  | { kind: "ask"; question: string };

const MOST_SENTENCES = 20;
/** Longer sentences are read so far: patterns take more than linear time. */
const SENTENCE_CHARS = 400;

/** The wishes of a text, sentence by sentence, in order. */
export function wishesOf(text: string): Wish[] {
  const sentences = sentencesOf(text).slice(0, MOST_SENTENCES);
  return sentences.flatMap((sentence) => wishesOfSentence(sentence.slice(0, SENTENCE_CHARS)));
}

const POLITE =
  /^(?:(?:hi|hello|hey|ok|okay|so|well|and|also|now|then|oh|no|wait|actually|please|kindly|thanks|thank you)\b[\s,!.:-]*|(?:can|could|would|will) you\s+(?:please\s+)?|(?:i'd like you to|i would like you to|i want you to|i need you to|you (?:can|may|should|must|have to)|let's|you have my permission to)\s+)+/i;
const KEEP =
  /^(?:(?:always )?(?:remember|keep in mind|bear in mind|memori[sz]e|don't forget|do not forget|never forget|(?:make|take) (?:a |an? (?:mental )?)?note(?: of)?|note down|note|write (?:it |this |that )?down|jot down|save|store|record|add|put|log|learn|remind yourself))\b(?: (?:this|the following|the fact)\b)?(?:,?\s*(?:in|into|to) (?:your |my |the )?(?:(?:core|long-term|longterm|human) )?(?:memory|memories|memory block|notes?|block|mind)\b)?(?:\s+(?:about me|for (?:me|later|next time)))?[\s:,–-]*(?:that\b|of the fact that\b)?[\s:,]*(.+)$/i;
const INTO_MEMORY =
  /,?\s*\b(?:in|into|to)\s+(?:your |my |the )?(?:(?:core|long-term|human) )?(?:memory|memories|memory block|notes?|block)\b[.!]*$/i;
const NEEDS_PLACE = /^(?:save|store|add|put|log|record|learn|note|take|make|write)\b/i;
const FORGET =
  /^(?:(?:just )?(?:forget|delete|remove|erase|wipe|clear|drop|scrap|unlearn|strike|purge)|stop (?:remembering|knowing)|(?:don't|do not|never) (?:remember|keep|store|save)|get rid of)\b(?: (?:out|away))?\s*(.*)$/i;
const FROM_MEMORY =
  /,?\s*\b(?:from|in|out of)\s+(?:your |my |the )?(?:(?:core|long-term|human) )?(?:memory|memories|memory block|notes?|block|mind|records?)\b/i;

const ARCHIVE =
  /^(?:(?:save|store|put|add|insert|write|record|keep|remember|archive)\b\s*(.*?)\s*,?\s*\b(?:in|into|to)\s+(?:your |my |the )?(?:archive|archives|archival(?: memory| storage)?|long-term memory|archival)\b[\s:,–-]*(.*)|archive(?: this| that)?[\s:,–-]+(.+))$/i;
const ARCHIVAL_SEARCH =
  /\b(?:search|look|check|query|find|scan|browse|what (?:is|do you have)|what's|is there anything)\b.*\b(?:archiv\w*|long-term memory)\b|\barchiv\w* (?:memory )?search\b/i;
const CONVERSATION_SEARCH =
  /\b(?:search|look|check|scan|go|browse|find)\b.*\b(?:conversations?|chats?|messages|history|transcript|recall memory|what (?:i|we) (?:said|talked|told)|where (?:i|we) (?:said|talked|mentioned)|past|earlier)\b|\b(?:what|when|where|which|how often|how many times) (?:did|have|was it that) (?:i|we|you)\b.*\b(?:say|said|mention\w*|tell|told|talk\w*|speak|spoke\w*|discuss\w*|ask\w*|chat\w*|write|written|wrote)\b|\b(?:did|have) (?:i|we) (?:ever |already |previously )?(?:say|said|mention\w*|tell|told|talk\w*|discuss\w*|spoke\w*|speak)\b/i;
const WEB_SEARCH = /^(?:search|look|google|browse)\b.*\b(?:web|internet|online)\b|^google\b/i;
const FILE_SEARCH = /^(?:search|look|grep|find|check)\b.*\b(?:files?|folders?|documents?|docs)\b/i;
const PLAIN_SEARCH = /^(?:search|look up|look for|find)\b/i;

const QUESTION =
  /^(?:what|what's|whats|who|who's|whom|whose|where|where's|when|when's|which|how|how's|why|do|does|did|don't|am|is|are|was|were|can|could|will|would|should|have|has|may|shall|isn't|aren't|tell me|remind me|show me|list|name|give me|recall|repeat|any idea|(?:say|recite) (?:my|your))\b/i;
const ASKS_ABOUT =
  /^(?:remember|recall|know|tell me|remind me|say|list|show me|repeat)\s+(?:again\s+)?(?:of\s+)?(?:my|your|our|what|where|who|when|how|which|whether|if|me)\b/i;

function wishesOfSentence(sentence: string): Wish[] {
  const isQuestion = /\?\s*$/.test(sentence);
  const bare = sentence
    .replace(POLITE, "")
    .replace(/[.!?;\s]+$/, "")
    .trim();
  if (bare === "") return [];
  const searched = searchOf(bare);
  if (searched) return [searched];
  const archived = ARCHIVE.exec(bare);
  if (archived) {
    const text = [archived[1], archived[2], archived[3]].find(
      (one) => one && !/^(?:this|that|it|the following)?$/i.test(one),
    );
    if (text) return [{ kind: "archive", text: capitalized(text.replace(/^that\s+/i, "").trim()) }];
  }
  if (isQuestion && ASKS_ABOUT.test(bare)) return [{ kind: "ask", question: bare }];
  const known = /^(?:did you know (?:that )?|do you know that )(.+)$/i.exec(bare);
  if (known) return stated(known[1]!, "");
  const forget = FORGET.exec(bare);
  if (forget && !/^(?:don't|do not|never) forget/i.test(bare)) return forgetOf(forget[1]!);
  const keep = KEEP.exec(bare);
  if (keep && isKept(bare)) return stated(keep[1]!.replace(INTO_MEMORY, ""), keep[1]!.replace(INTO_MEMORY, ""));
  const change = changeOf(bare);
  if (change) return change;
  if (isQuestion || QUESTION.test(bare)) return [{ kind: "ask", question: bare }];
  return stated(sentence, "");
}

/** Verbs that are also said of other things than memory, count where memory is named or a colon tells what. */
function isKept(bare: string): boolean {
  if (!NEEDS_PLACE.test(bare)) return true;
  return (
    /\b(?:memory|memories|notes?|mind|block|down)\b/i.test(bare) ||
    /^(?:\w+ ){0,2}\w+:/.test(bare) ||
    /^\w+ (?:this|that|the fact)\b/i.test(bare)
  );
}

function searchOf(bare: string): Wish | null {
  const where = ARCHIVAL_SEARCH.test(bare)
    ? "archival"
    : WEB_SEARCH.test(bare)
      ? "web"
      : CONVERSATION_SEARCH.test(bare)
        ? "conversation"
        : FILE_SEARCH.test(bare)
          ? "files"
          : PLAIN_SEARCH.test(bare)
            ? "conversation"
            : null;
  return where && { kind: "search", where, query: queryOf(bare) };
}

const QUERY_NOISE =
  /\b(?:search|look(?:ing)?|check|query|scan|browse|go|google|grep|find|up|through|back|in|into|on|over|your|my|our|the|of|all|past|previous|earlier|archiv\w*|long-term|recall|memory|memories|storage|conversations?|chats?|messages?|history|transcript|web|internet|online|files?|folders?|documents?|docs|what|when|where|which|how|often|many|times|did|do|does|have|has|was|is|there|anything|something|it|that|i|we|you|me|us|ever|already|say|said|mention\w*|tell|told|talk\w*|speak|spoke\w*|discuss\w*|ask\w*|about|for|and|to|please|again|last|time|'s)\b/gi;

/** What is looked for: what is quoted, what follows "for" or "about", or else the words that are left. */
function queryOf(bare: string): string {
  const quoted = /["'`«]([^"'`»]{2,})["'`»]/.exec(bare)?.[1];
  if (quoted) return quoted;
  const after = /\b(?:for|about|regarding|concerning|mention(?:ed|s|ing)?|containing)\s+(.+)$/i.exec(bare)?.[1];
  const clean = (text: string) =>
    text
      .replace(QUERY_NOISE, " ")
      .replace(/[^\p{L}\p{N}' -]/gu, " ")
      .replace(/\s+/g, " ")
      .trim();
  const tail = after?.replace(
    /\b(?:in|from|on|through)\s+(?:your|my|our|the)\s+(?:\w+\s+)?(?:archiv\w*|memory|conversations?|chats?|messages?|history|transcript|web|internet|files?|folders?)\b.*$/i,
    "",
  );
  return (tail && clean(tail) !== "" ? tail.trim() : clean(bare)) || bare;
}

function forgetOf(said: string): Wish[] {
  const about = said
    .replace(FROM_MEMORY, "")
    .replace(
      /^(?:about|that|the fact that|what (?:i|we) (?:said|told you) about|(?:everything|anything|all|whatever) (?:about|regarding|on)|my note about|the note about)\s+/i,
      "",
    )
    .trim();
  const facts = factsOf(about.replace(/^that\s+/i, ""));
  return [{ kind: "forget", about, exact: facts[0]?.note ?? null }];
}

const NOT_ANY_MORE = /\s*,?\s*\b(?:any ?more|any longer|nowadays)$/i;

/** A statement: what it corrects, what is no longer so, and what it tells. */
function stated(sentence: string, literal: string): Wish[] {
  const text = sentence
    .replace(/[.!?\s]+$/, "")
    .replace(/\b(is|are|was|were)n't\b/gi, "$1 not")
    .trim();
  const corrects =
    /^\W*(?:no|actually|correction|sorry|wait|i meant|in fact|oops|wrong|my mistake|that's (?:wrong|not right|incorrect|not true)|scratch that|i made a mistake|update|i was wrong)\b/i.test(
      text,
    ) || /\b(?:actually|instead|to be precise|(?:is|was) wrong)\b/i.test(text);
  const pair = pairOf(text);
  if (pair) {
    const [fact] = factsOf(pair.now);
    if (fact) return [{ kind: "keep", fact, old: pair.old, corrects: true }];
    return [{ kind: "change", old: pair.old, by: pair.now }];
  }
  return text
    .split(/,\s*(?:but\s+)?(?=(?:i|i'm|my|we|it's|now)\b)|;\s*|\s+but\s+(?=(?:i|my|we)\b)/i)
    .flatMap((part) => {
      const gone = goneOf(part);
      if (gone) return gone;
      const facts = factsOf(part);
      if (facts.length > 0) return facts.map((fact): Wish => ({ kind: "keep", fact, old: null, corrects }));
      if (literal === "" || part !== text) return [];
      return [
        {
          kind: "keep",
          fact: { note: capitalized(literal), key: keyOfLiteral(literal), of: "human" },
          old: null,
          corrects,
        },
      ];
    });
}

/** `The door code is 4711` takes the place of what the door code was. */
const keyOfLiteral = (text: string) => /^((?:[\p{L}\p{N}'-]+ ){1,5}(?:is|are|=|:)) /u.exec(text)?.[1] ?? null;

/** What is no longer so. */
function goneOf(part: string): Wish[] | null {
  const text = part.replace(
    /^\W*(?:(?:no|actually|correction|sorry|wait|oh|well|but|and|by the way|please note)\b[\s,]*)+/i,
    "",
  );
  const over =
    NOT_ANY_MORE.test(text) ||
    /\bno longer\b/i.test(text) ||
    /^i(?:'ve| have)? (?:stopped|quit|gave up|given up)\b/i.test(text) ||
    /^i used to\b|^i (?:have )?(?:outgrew|outgrown|got over)\b|\bis (?:gone|over|cured)$/i.test(text);
  const isNot = /^(?:i am|i'm|my [\w' ]{1,40}? is|my name is) not\b|^my [\w' ]{1,40}? isn't\b/i.test(text);
  if (!over && !isNot) return null;
  const once = text
    .replace(NOT_ANY_MORE, "")
    .replace(/\bno longer\s+/i, "")
    .replace(/^i (?:don't|do not)\s+/i, "I ")
    .replace(/^i(?:'ve| have)? (?:stopped|quit|gave up|given up)\s+/i, "I ")
    .replace(/^i used to\s+/i, "I ")
    .replace(/^i (?:have )?(?:outgrew|outgrown|got over)\s+/i, "")
    .replace(/\s+is (?:gone|over|cured)$/i, "")
    .replace(/\bisn't\b/i, "is")
    .replace(/^(i am|i'm|my [\w' ]{1,40}? is) not\s+/i, "$1 ");
  return [{ kind: "forget", about: once, exact: factsOf(once)[0]?.note ?? null }];
}

/** A new value and the one that it takes the place of. */
function pairOf(text: string): { now: string; old: string } | null {
  const bare = text
    .replace(/^\W*(?:(?:no|actually|correction|sorry|wait|i meant|oops|my mistake|in fact)\b[\s,:.-]*)+/i, "")
    .replace(/\bactually\s+/i, "")
    .replace(/^[^:]{0,60}:\s*/, "")
    .replace(/^[^\p{L}\p{N}"']+/u, "");
  const then = /^i (?:don't|do not) (\w+) (.+?)\s*[,;]+\s*(?:but )?(?:i (?:now )?\1) (.+)$/i.exec(bare);
  if (then) return { now: `I ${then[1]} ${then[3]}`, old: bareOld(then[2]!, then[3]!) };
  const notBut =
    /^(?:(.*?)\b)?\s*not ([^,;]+?)\s*(?:,?\s*but|[,;–-]+\s*(?:but\s+)?)\s*(?:(?:i'm|i am|it's|it is|they're)\s+)?(?:actually\s+)?(.+)$/i.exec(
      bare,
    );
  if (notBut && !/\bnot\b/i.test(notBut[3]!)) {
    const [, lead = "", old, now] = notBut as unknown as [string, string | undefined, string, string];
    const restated = /^(?:my|i)\b/i.test(now) ? now : `${lead.trim()} ${afterSame(old, now)}`.trim();
    return { now: restated.replace(/^(?:it's|it is|that's)\s+/i, ""), old: bareOld(old, restated) };
  }
  const nowNot =
    /^(.+?)(?:\s*[,;–(-]+\s*(?:and\s+)?|\s+and\s+)not (.+?)\)?$/i.exec(bare) ??
    /^(.+?),?\s+(?:instead of|rather than)\s+(.+)$/i.exec(bare) ??
    /^((?!i\b|my\b|we\b)\S+(?: \S+)?) not (\S+(?: \S+)?)$/i.exec(bare);
  if (!nowNot) return null;
  const now = nowNot[1]!
    .replace(/^(?:it's|it is|that's|that should be|it should be|should be|they are|i meant)\s+/i, "")
    .trim();
  return { now, old: bareOld(nowNot[2]!, now) };
}

/** `allergic to walnuts`, of `allergic to peanuts` and `to walnuts`. */
function afterSame(old: string, now: string): string {
  const word = /^(?:to|in|at|from|for|as|with|on)\b/i.exec(now)?.[0];
  const at = word ? old.toLowerCase().search(new RegExp(`\\b${word}\\b`, "i")) : -1;
  return at > 0 ? old.slice(0, at) + now : now;
}

/** The old value alone, where it is said in as many words as the new one: `not allergic to peanuts` beside `allergic to walnuts`. */
function bareOld(old: string, now: string): string {
  const words = old
    .replace(/^(?:to|in|at|from|i'm|i am|it's)\s+/i, "")
    .trim()
    .split(/\s+/);
  const others = new Set(now.toLowerCase().split(/\s+/));
  while (words.length > 1 && others.has(words[0]!.toLowerCase())) words.shift();
  return words.join(" ");
}

/** `change my name to Lina`, `replace peanuts with walnuts`. */
function changeOf(bare: string): Wish[] | null {
  const from =
    /^(?:change|update|correct|fix|edit|switch)\s+.*?\bfrom\s+(.+?)\s+(?:to|into)\s+(.+)$/i.exec(bare) ??
    /^(?:replace|swap|exchange|substitute|change)\s+(?!my\b|your\b)(.+?)\s+(?:with|by|for|to|into)\s+(.+)$/i.exec(bare);
  if (from) return [{ kind: "change", old: unquoted(from[1]!), by: unquoted(from[2]!).replace(FROM_MEMORY, "") }];
  const to = /^(?:change|update|correct|fix|edit|set|switch)\s+(my|your)\s+(.+?)\s+(?:to|into|as|:)\s+(.+)$/i.exec(
    bare,
  );
  if (!to) return null;
  const [fact] = factsOf(`${to[1]} ${to[2]!.replace(FROM_MEMORY, "")} is ${unquoted(to[3]!)}`);
  return fact ? [{ kind: "keep", fact, old: null, corrects: true }] : null;
}

const unquoted = (text: string) => text.replace(/^["'`](.*)["'`]$/, "$1").trim();
