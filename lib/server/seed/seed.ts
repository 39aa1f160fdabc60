import { createAgentBody, updateAgentBody } from "@/lib/api/agents";
import { createAgent } from "../agents/create-agent";
import { updateAgent } from "../agents/update-agent";
import { changeBlock, createBlock } from "../blocks/blocks";
import { apiCause, type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { DEMO_HANDLE } from "../models/demo";
import { compactConversation } from "../run/compact";
import { startRun } from "../run/start";
import { createRunSupervisor } from "../run/supervisor";
import type { Beat, Turn } from "./beats";
import { createSeedClock, type SeedClock, scriptedRegistry } from "./scripted";
import { ASIDES, GREETINGS, STORY } from "./story";

const DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

export type Seeded = { ada: string; bo: string; householdBlock: string };

/** Whether there is no agent yet, of anybody. */
export async function isEmpty(core: Core): Promise<boolean> {
  return (await core.db.prisma.agent.count()) === 0;
}

/**
 * Makes the past: the engine itself runs the story on a scripted model with a pinned clock, so that every step, context
 * and cause is a real one. It ends with the day before today.
 */
export async function seedPast(core: Core, today = startOfDay(core.now())): Promise<Seeded> {
  const clock = createSeedClock(today - DAYS * DAY_MS);
  const models = scriptedRegistry(core.models, clock);
  const ctx: Ctx = {
    ...core,
    models,
    now: clock.now,
    monotonic: clock.monotonic,
    // The past is no news.
    events: { publish: () => {}, subscribe: () => () => {}, watch: () => () => {}, close: () => {} },
    telemetry: null,
    runs: createRunSupervisor(async () => {}),
    actor: DEFAULT_ACTOR,
  };
  const seeded = await createAgents(ctx);
  for (const beat of wholeStory()) {
    clock.at = Math.max(clock.at, momentOf(beat, today));
    await play(ctx, seeded, beat, models.script, clock);
  }
  return seeded;
}

const startOfDay = (now: Date) => Math.floor(now.getTime() / DAY_MS) * DAY_MS;

function momentOf({ at: [day, time] }: Beat, today: number): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return today - (DAYS - day + 1) * DAY_MS + (hours * 60 + minutes) * 60_000;
}

/** The story with the small talk of its days, in order. */
function wholeStory(): Beat[] {
  const days = Array.from({ length: DAYS }, (_, index) => index + 1);
  const talk = (day: number, time: string, [say, reply]: [string, string]): Beat => ({
    at: [day, time],
    to: "ada",
    say,
    turns: [reply],
  });
  const greetings = days.flatMap((day) => {
    const { morning, night } = GREETINGS[day % GREETINGS.length]!;
    return [...(day > 1 ? [talk(day, "06:40", morning)] : []), talk(day, "22:30", night)];
  });
  const asides = ASIDES.map((aside, index) => talk(2 + index * 2, "14:30", aside));
  return [...STORY, ...greetings, ...asides].sort((a, b) => momentOf(a, 0) - momentOf(b, 0));
}

const SPEAKING = "Answer briefly and warmly. Write down what matters about the person you talk with.";

async function createAgents(ctx: Ctx): Promise<Seeded> {
  const householdBlock = await createBlock(ctx, {
    label: "household",
    value: "Shared list for the move",
    description: "A list that Ada and Bo share: tasks and facts about Mara's household and move.",
    limit: 5000,
    read_only: false,
    is_template: false,
    tags: ["shared"],
  });
  const make = (body: Record<string, unknown>) =>
    createAgent(ctx, createAgentBody.parse({ model: DEMO_HANDLE, block_ids: [householdBlock], ...body }));
  // The newest agent is the one that the page opens on.
  const bo = await make({
    name: "Bo",
    description: "A small research agent that shares the household list with Ada.",
    tags: ["research", "example"],
    memory_blocks: [
      { label: "persona", value: "I am Bo. I look things up and note them on the shared list.", limit: 2000 },
    ],
  });
  const ada = await make({
    name: "Ada",
    description: "A companion with a month of shared past. Scrub the time line to see what she knew, and when.",
    tags: ["companion", "example"],
    memory_blocks: [
      { label: "human", value: "", limit: 5000 },
      { label: "persona", value: `I am Ada, Mara's companion. ${SPEAKING}`, limit: 2000 },
    ],
    tools: ["memory_rethink", "archival_memory_insert", "archival_memory_search"],
  });
  return { ada, bo, householdBlock };
}

async function play(ctx: Ctx, seeded: Seeded, beat: Beat, script: Turn[], clock: SeedClock): Promise<void> {
  if ("act" in beat) return act(ctx, seeded, beat, script);
  script.push(...beat.turns);
  const started = await startRun(ctx, {
    target: { agentId: seeded[beat.to] },
    inputs: [{ type: "message", role: "user", content: beat.say }],
    maxSteps: beat.turns.length + 1,
    tokens: false,
    background: false,
    compactionItems: false,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "send_message",
    requestConfig: {},
    callbackUrl: null,
  });
  if ("run" in started) await started.run.done;
  if (script.length > 0)
    throw new Error(`the seed's story was not played to its end at day ${beat.at[0]}, ${beat.at[1]}`);
  clock.at += 1000;
}

async function act(ctx: Ctx, seeded: Seeded, beat: Extract<Beat, { act: string }>, script: Turn[]): Promise<void> {
  if (beat.act === "compact") {
    script.push(beat.summary);
    await compactConversation(ctx, { agentId: seeded.ada }, null);
    return;
  }
  const agent = await ctx.db.prisma.agent.findUniqueOrThrow({
    where: { id: seeded.ada },
    include: { version: true, blocks: { include: { block: { include: { head: true } } } } },
  });
  if (beat.act === "edit-persona") {
    const persona = agent.blocks.find((link) => link.block.head.label === "persona")!;
    await changeBlock(ctx, persona.blockId, {
      changes: { value: beat.value },
      operation: "update",
      cause: apiCause(ctx),
    });
    return;
  }
  const { system } = agent.version.config as { system: string };
  await updateAgent(ctx, seeded.ada, updateAgentBody.parse({ system: `${system}\n\n${beat.line}` }));
}
