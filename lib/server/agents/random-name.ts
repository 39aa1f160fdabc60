const QUALITIES =
  "Amber Brave Bright Calm Candid Cheerful Clever Curious Daring Eager Earnest Friendly Gentle Golden Graceful Happy Honest Humble Jolly Keen Kind Lively Lucid Mellow Merry Mighty Nimble Noble Patient Playful Polite Proud Quick Quiet Radiant Sincere Steady Sunny Swift Tidy Vivid Warm Wise Witty".split(
    " ",
  );
const ANIMALS =
  "Albatross Badger Beaver Bison Camel Condor Crane Dolphin Falcon Ferret Finch Gazelle Gecko Heron Hippopotamus Ibex Jackdaw Kestrel Koala Lemur Lynx Magpie Marmot Meerkat Narwhal Ocelot Octopus Orca Otter Owl Panda Pelican Penguin Puffin Raven Robin Salamander Seal Sparrow Swallow Tapir Tortoise Walrus Wombat".split(
    " ",
  );

/** A name for an agent that was given none: two words, such as `FriendlyHippopotamus`. */
export function randomAgentName(): string {
  return pick(QUALITIES) + pick(ANIMALS);
}

function pick(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)]!;
}
