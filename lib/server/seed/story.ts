import type { Beat } from "./beats";
import { DAYS_AFTER } from "./days-after";
import { DAYS_BEFORE } from "./days-before";

/**
 * Thirty days of Mara with her agent Ada, and of the small research agent Bo that shares one block with it. What Ada
 * knows is written, corrected, once wrongly overwritten and found again.
 */
export const STORY: Beat[] = [...DAYS_BEFORE, ...DAYS_AFTER];

/** Small talk of ordinary days, so that the past has their length too: said and answered, with nothing to remember. */
export const ASIDES: [say: string, reply: string][] = [
  [
    "Is “utilise” ever better than “use”?",
    "No. “Use the token”, not “utilise the token”. I can't think of an exception.",
  ],
  [
    "How long do I boil an egg for soft?",
    "Six minutes from boiling water, then cold water. Five and a half if it is small.",
  ],
  [
    "What is the Swedish word for serendipity?",
    "People say “lyckträff”, a lucky hit; it is not quite the same, but close.",
  ],
  ["Give me a word for 'very tired'.", "Spent. Or, with more drama: shattered."],
  ["Should a changelog be in the past tense?", "Added, changed, removed: yes. It says what happened, not what to do."],
  [
    "How do I get red wine out of a tablecloth?",
    "Cold water at once, then salt or soda, then wash at 40 °C. Hot water first sets the stain.",
  ],
  ["Is it 'data is' or 'data are'?", "In API docs: “data is”. Nobody has ever asked for a datum."],
  ["One stretch after running?", "Calf against a wall: 30 seconds a side, heel down, knee straight."],
  ["Tell me something small and true.", "Barnacles decide once where to stay, for life. They must be sure."],
  [
    "How many words should an error message have?",
    "As many as it takes to say what happened and what to do: often about fifteen.",
  ],
];

/** How a day begins and ends, in turn. */
export const GREETINGS: { morning: [say: string, reply: string]; night: [say: string, reply: string] }[] = [
  {
    morning: ["Good morning.", "Good morning, Mara. What is first today?"],
    night: ["Good night.", "Good night, Mara. Sleep well."],
  },
  {
    morning: ["Morning, Ada!", "Morning! Coffee first, I assume."],
    night: ["Off to bed.", "Rest well. Tomorrow can wait until tomorrow."],
  },
  {
    morning: ["Hej hej.", "Hej, Mara! Ready when you are."],
    night: ["That's it for today.", "A full day. Good night."],
  },
];
