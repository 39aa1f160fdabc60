import { type Ctx, DEFAULT_ACTOR } from "../lib/server/core/core";
import { openDatabase } from "../lib/server/db/database";
import { RANK_WEIGHTS, type RankWeights } from "../lib/server/search/rank-weights";
import { searchMessages, searchPassages } from "../lib/server/search/search";
import { refresh } from "../lib/server/search/search-index";
import { makeAgent, makeArchive, say, store } from "../lib/server/search/testing/fixtures";
import { type Asked, type Dialogue, readDialogues } from "./search-quality/corpus";

/**
 * What searches find: `npx tsx bench/search-quality.ts [--all] [part=value …]`. Dialogues that were written by hand stand among
 * others made by rule, as passages and as messages; each question counts the share of its evidence among the first ten
 * (recall) and the place of the first (MRR). Questions go in turn to a set for choosing weights and one for checking
 * them. `--all` switches off each part of the rank in turn; `part=value` tries another weight.
 */
const SESSIONS = 22;
const SEED = 20_261_201;

type Place = { dialogue: Dialogue; agentId: string; archiveId: string; labels: Map<string, string> };
type Find = (place: Place, question: string, weights: RankWeights) => Promise<string[]>;
type Figures = { recall: number; mrr: number };

const given = process.argv.slice(2);
const weights = { ...RANK_WEIGHTS };
for (const [part, value] of given.filter((one) => one.includes("=")).map((one) => one.split("="))) {
  Object.assign(weights, { [part!]: JSON.parse(value!) });
}

const db = await openDatabase({ url: null, dataDir: "memory://", fsync: false });
const ctx = { db, config: { defaultEmbedding: null }, actor: DEFAULT_ACTOR } as unknown as Ctx;
const places = await Promise.all(readDialogues(SESSIONS, SEED).map(keep));
console.log(
  places
    .map(({ dialogue }) => `${dialogue.name}: ${dialogue.turns.length} turns, ${dialogue.questions.length} questions`)
    .join("\n"),
);

const FINDS: Record<string, Find> = {
  passages: async ({ archiveId, labels }, query, weights) => {
    const asked = { query, mode: "fts", archiveIds: [archiveId], tagMatchMode: "any", limit: 10, weights } as const;
    return (await searchPassages(ctx, asked)).found.map((one) => labels.get(one.id) ?? "");
  },
  messages: async ({ agentId, labels }, query, weights) => {
    const asked = { query, mode: "fts", agentId, limit: 10, weights } as const;
    return (await searchMessages(ctx, asked)).found.map((one) => labels.get(one.id) ?? "");
  },
};

const off: [string, Partial<RankWeights>][] = Object.keys(RANK_WEIGHTS)
  .filter((part) => !["k1", "b"].includes(part))
  .map((part) => [`without ${part}`, { [part]: part === "generic" ? 1 : ["before", "after"].includes(part) ? [] : 0 }]);
const bare = Object.assign({}, ...off.map(([, change]) => change)) as Partial<RankWeights>;
const tried: [string, Partial<RankWeights>][] = given.includes("--all")
  ? [["all parts", {}], ["words alone", bare], ...off]
  : [["all parts", {}]];

console.log(`${"recall at 10 / MRR".padEnd(20)} passages: choose, check      messages: choose, check`);
for (const [name, change] of tried) {
  const figures: string[] = [];
  for (const find of Object.values(FINDS)) figures.push(await measure(find, { ...weights, ...change }));
  console.log(`${name.padEnd(20)} ${figures.join("   ")}`);
}
if (!given.includes("--all")) await details();
await db.close();

async function measure(find: Find, weights: RankWeights): Promise<string> {
  const halves: Figures[][] = [[], []];
  for (const place of places) {
    for (const [n, asked] of place.dialogue.questions.entries()) {
      halves[n % 2]!.push(judge(asked, await find(place, asked.question, weights)));
    }
  }
  const mean = (half: Figures[], of: (one: Figures) => number) =>
    (half.reduce((sum, one) => sum + of(one), 0) / half.length).toFixed(3);
  return halves.map((half) => `${mean(half, (one) => one.recall)} / ${mean(half, (one) => one.mrr)}`).join("  ");
}

function judge({ evidence }: Asked, found: string[]): Figures {
  const first = found.findIndex((label) => evidence.includes(label));
  return {
    recall: evidence.filter((label) => found.includes(label)).length / evidence.length,
    mrr: first < 0 ? 0 : 1 / (first + 1),
  };
}

/** By kind of question, and of the first half what was missed. */
async function details(): Promise<void> {
  for (const [name, find] of Object.entries(FINDS)) {
    const kinds = new Map<string, Figures[]>();
    const missed: string[] = [];
    for (const place of places) {
      for (const [n, asked] of place.dialogue.questions.entries()) {
        const found = await find(place, asked.question, weights);
        const figures = judge(asked, found);
        kinds.set(asked.kind, [...(kinds.get(asked.kind) ?? []), figures]);
        if (figures.recall < 1 && n % 2 === 0)
          missed.push(`    ${asked.question} — ${asked.evidence.filter((one) => !found.includes(one)).join(", ")}`);
      }
    }
    for (const [kind, all] of kinds) {
      console.log(
        `  ${name} ${kind}: ${(all.reduce((sum, one) => sum + one.recall, 0) / all.length).toFixed(3)} of ${all.length}`,
      );
    }
    if (name === "passages") console.log(missed.join("\n"));
  }
}

async function keep(dialogue: Dialogue): Promise<Place> {
  const lines = dialogue.turns.map(({ at, speaker, text }) => ({ text: `${speaker}: ${text}`, at }));
  const archiveId = await makeArchive(db);
  const { agentId, conversationId } = await makeAgent(db);
  const [passages, messages] = [await store(db, archiveId, lines), await say(db, conversationId, lines)];
  await refresh(db, "passages", [archiveId]);
  await refresh(db, "messages", [agentId]);
  const labels = new Map<string, string>();
  for (const [n, { label }] of dialogue.turns.entries())
    if (label) for (const ids of [passages, messages]) labels.set(ids[n]!, label);
  return { dialogue, agentId, archiveId, labels };
}
