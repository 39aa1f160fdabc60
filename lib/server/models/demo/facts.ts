import { capitalized } from "./words";

/** Something that a person said of themselves (or of the agent), as a line of memory. */
export type Fact = {
  note: string;
  /** Lines that speak of the same begin so; null where many such lines may stand side by side. */
  key: string | null;
  /** Whom it is about. */
  of: "human" | "persona";
};

const SENTENCE = /(?<=[.!?;])(?=\s|$)|\n+/;
const ME = "(?:i|i'm|i've|i'd|my|we|we're|we've|our)\\b";
const VERBS =
  "(?:am|is|have|like|love|enjoy|prefer|hate|live|work|study|speak|play|own|drive|eat|drink|can't|cannot|don't|never|always|was|grew|come|moved|need|use|collect|teach|run|write|read|suffer)";
const CLAUSE = new RegExp(
  `,?\\s+(?:and|but|also|plus|so)\\s+(?:also\\s+|that\\s+)?(?=${ME}|you can call)|,\\s*(?=${ME}|call me|you can call)|,?\\s+and\\s+(?=${VERBS}\\b)`,
  "i",
);

export const sentencesOf = (text: string) =>
  text
    .split(SENTENCE)
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** What a sentence states, clause by clause; nothing where it states nothing worth a line. */
export function factsOf(sentence: string): Fact[] {
  const clauses = sentence
    .replace(/[.!;\s]+$/, "")
    .replace(LEAD, "")
    .split(CLAUSE);
  return clauses.flatMap((clause, at) => {
    const whole = at > 0 && new RegExp(`^${VERBS}\\b`, "i").test(clause) ? `I ${clause}` : clause;
    return factsOfClause(whole.replace(OPENING, "").trim());
  });
}

/** `I made a mistake: my name is…` */
const LEAD = new RegExp(`^[^:]{0,60}:\\s*(?=${ME})`, "i");

/** What stands before a statement and says nothing. */
const OPENING =
  /^(?:(?:hi|hello|hey|hey there|hi there|well|ok|okay|oh|so|also|and|but|btw|by the way|fyi|just so you know|for your information|note|please note|you should know|as you know|actually|no|yes|sorry|correction|in fact|i mean|that|did you know|nice to meet you|good (?:morning|evening|afternoon))\b(?: that)?[\s,:!.–—-]*)+/i;

const NAME = /^([\p{L}][\p{L}'-]*(?: (?!and\b|from\b|but\b|by\b|who\b|with\b|the\b)[\p{Lu}][\p{L}'-]*){0,3})/u;
const NOT_A_NAME =
  /^(?:a|an|the|not|from|in|at|on|into|so|very|really|german|french|italian|spanish|english|british|american|canadian|mexican|indian|chinese|japanese|korean|russian|polish|dutch|swedish|irish|scottish|welsh|greek|turkish|austrian|australian|european|african|asian|brazilian|portuguese|jewish|muslim|christian|catholic|buddhist|hindu|vegan|vegetarian|[\p{L}]+ing|[\p{L}]+ed|allergic|sure|ok|okay|fine|back|here|done|ready)$/iu;

function factsOfClause(clause: string): Fact[] {
  const named =
    /^(?:my (?:full |first |given )?name(?:'s| is| was)|(?:the )?name's|(?:you can |please |just )*call me|i'm called|i am called|i go by|people call me|everyone calls me|this is)\s+(?!not\b)(.+)$/i.exec(
      clause,
    );
  if (named && !(clause.toLowerCase().startsWith("this is") && !/^\p{Lu}/u.test(named[1]!)))
    return nameFacts(named[1]!);
  const agent =
    /^(?:your name (?:is|will be|shall be)|you are called|you're called|i(?:'ll| will) call you|call yourself|your new name is)\s+(.+)$/i.exec(
      clause,
    );
  const agentName = agent && NAME.exec(agent[1]!);
  if (agentName) return [{ note: `Name: ${agentName[1]}`, key: "Name:", of: "persona" }];
  const here = /^(\p{Lu}[\p{L}'-]+) here\b(.*)$/u.exec(clause);
  if (here && !NOT_A_NAME.test(here[1]!)) return nameFacts(here[1]! + here[2]!);
  if (/^[^?]{2,60}\b(?:makes?|gives?|kills?|bothers?|could kill|hurts?) me\b/i.test(clause)) {
    return [human(capitalized(third(clause)), null)];
  }
  const am = /^(?:i am|i'm|we are|we're)\s+(.+)$/i.exec(clause);
  if (am) return amFacts(am[1]!);
  const mine = /^(?:my|our)\s+(.+)$/i.exec(clause);
  if (mine) return ownFacts(mine[1]!);
  const does = /^(?:i|we)(?:'ve|\s+)\s*(.+)$/i.exec(clause);
  return does ? doesFacts(/^(?:i|we)'ve\b/i.test(clause) ? `have ${does[1]}` : does[1]!) : [];
}

function nameFacts(text: string): Fact[] {
  const name = NAME.exec(text);
  if (!name) return [];
  const rest = text.slice(name[0].length).replace(/^(?:\s*,|\s+and)\s*(?:also\s+)?/i, "");
  const more = rest !== text.slice(name[0].length) && rest !== "" ? amFacts(rest) : [];
  return [{ note: `Name: ${name[1]}`, key: "Name:", of: "human" }, ...more];
}

const PASSING =
  /^(?:(?:so |very |really |just |quite |a bit |a little )*(?:fine|good|great|well|ok|okay|sorry|here|back|done|ready|sure|unsure|happy|glad|sad|tired|bored|curious|confused|lost|afraid|aware|able|right|wrong|serious|kidding|joking|hungry|thirsty|late|busy|stuck|interested in (?:knowing|hearing))\b(?!.*\ballerg)|not sure|not certain|(?!living|working|studying|learning|training|planning|writing|building|training|using|married|dating|moving)[a-z]+ing\b)/i;

function amFacts(text: string): Fact[] {
  const said = text.replace(/\s+(?:now|currently|these days)$/i, "").trim();
  if (said === "" || PASSING.test(said)) return [];
  const name = NAME.exec(said);
  if (name && /^\p{Lu}/u.test(said) && !NOT_A_NAME.test(name[1]!.split(" ")[0]!)) return nameFacts(said);
  const note = third(said);
  if (/^\d{1,3}(?: years?(?: old)?| y\/?o)?$/i.test(said))
    return [human(`Is ${/\d+/.exec(said)![0]} years old`, "Is \\d+ years old")];
  const living = /^living in (.+)$/i.exec(said);
  if (living) return [human(`Lives in ${living[1]}`, "Lives in ")];
  const working = /^working (as|at|for|in|on) (.+)$/i.exec(said);
  if (working)
    return [human(`Works ${working[1]!.toLowerCase()} ${working[2]}`, keyOf(`Works ${working[1]!.toLowerCase()} `))];
  return [
    human(/^(?:allergic|intolerant|married|engaged|retired)\b/i.test(said) ? capitalized(note) : `Is ${note}`, null),
  ];
}

const SMALL_TALK =
  /^(?:\w+ )?(?:question|questions|point|problem|guess|bad|apologies|request|message|pleasure|god|goodness|code|bug|understanding|turn|fault|mistake)\b/i;

function ownFacts(text: string): Fact[] {
  if (SMALL_TALK.test(text)) return [];
  const is =
    /^((?:[\p{L}\p{N}'-]+ ){0,3}[\p{L}\p{N}'-]+?)(?:'s| is| are| was| were)(?: now)?(?: called| named)? (?!not\b)(.+)$/iu.exec(
      text,
    );
  if (is) return [human(`${capitalized(is[1]!)}: ${third(is[2]!)}`, `${is[1]!}:`)];
  return [human(capitalized(third(text)), null)];
}

const NO_FACT =
  /^(?:(?:really |just |also |do |would |could |can |will |should |might |still )*(?:think|guess|wonder|mean|said|asked|see|hope|know|understand|tell|thought|forgot|believe|suppose|ask|wish|would|could|should|might|may|shall|will|did|do|want (?:you|to know|to ask|your)|need (?:you|help|to know|your)|like you to|have (?:a|one|another|some) (?:\w+ )?(?:question|questions|idea|request|problem)|have (?:no idea|to\b)|was (?:wondering|just)|am|told|meant|mentioned|remember|can|can see|made a mistake|take (?:that|it) back))\b/i;
const DROPPED = /^(?:really|also|just|currently|do|actually|absolutely|still|now)\s+/i;
const PLAIN_VERB =
  /^(?:can't|can|cannot|could|must|should|may|might|will|won't|was|were|had|went|came|grew|got|did|didn't|used|used to|moved|born|studied|worked|lived|became|married|outgrew|made|took|gave|found|left|met|broke|bought|lost|won|wrote|ran|saw|began|built|taught|spent|sold|kept|felt|fell|drove|flew|knew|ate|drank|[a-z]+ed)$/i;

function doesFacts(text: string): Fact[] {
  let said = text.trim();
  while (DROPPED.test(said)) said = said.replace(DROPPED, "");
  said = said.replace(/\s+(?:now|currently|these days)$/i, "");
  if (!/\s/.test(said) || (NO_FACT.test(said) && !/^can't\b/i.test(said))) return [];
  const moved = /^(?:have )?(?:just |recently )?moved (?:from .+? )?to (.+)$/i.exec(said);
  if (moved) return [human(`Lives in ${moved[1]}`, "Lives in ")];
  const [first = "", ...rest] = said.replace(/^have got /i, "have ").split(" ");
  const adverb = /^(?:never|always|often|usually|mostly|sometimes|only|rarely)$/i.test(first);
  const [verb = "", ...object] = adverb ? rest : [first, ...rest];
  const words = [...(adverb ? [first.toLowerCase()] : []), conjugated(verb.toLowerCase()), third(object.join(" "))];
  const note = capitalized(words.join(" ").trim());
  return [human(note, keyOf(note))];
}

function conjugated(verb: string): string {
  if (verb === "have") return "has";
  if (verb === "don't") return "doesn't";
  if (PLAIN_VERB.test(verb)) return verb;
  if (/(?:s|sh|ch|x|z|o)$/.test(verb)) return `${verb}es`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
}

/** Words of the first person as they stand in a note about somebody. */
const third = (text: string) =>
  text
    .replace(/\b(?:my|our)\b/gi, "their")
    .replace(/\b(?:I am|I'm)\b/g, "they are")
    .replace(/\bI\b/g, "they")
    .replace(/\bmyself\b/gi, "themselves")
    .replace(/\bme\b/gi, "them");

/** Of these a person has one: a new one takes the place of the old. */
function keyOf(note: string): string | null {
  return /^(?:Lives in |Works (?:as|at|for) )/i.exec(note)?.[0] ?? null;
}

const human = (note: string, key: string | null): Fact => ({ note: note.trim(), key, of: "human" });
