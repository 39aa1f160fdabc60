import { DEFAULT_ACTOR } from "../../core/core";
import type { Database } from "../../db/database";

/** Numbers that look random and follow from a seed (mulberry32): from 0 to below 1. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export type ShadowStep = {
  model: string;
  prompt: number | null;
  completion: number | null;
  cached: number | null;
  cost: number | null;
  failed: boolean;
  writes: number;
  searches: number;
  emptySearches: number;
};
export type ShadowCall = { tool: string; status: string; ms: number | null };
/** What a test knows of a run by itself. */
export type ShadowRun = {
  id: string;
  agentId: string;
  userId: string | null;
  at: number;
  status: "running" | "completed" | "failed" | "cancelled";
  firstMs: number | null;
  wholeMs: number | null;
  steps: ShadowStep[];
  calls: ShadowCall[];
  compactions: number;
};

export const MODELS = ["openai/gpt-5", "anthropic/claude", "memoir/demo"];
export const TOOLS = ["send_mail", "memory_insert", "weather"];
const STATUSES = ["completed", "completed", "completed", "failed", "cancelled"] as const;

type World = { agents: readonly string[]; users: readonly (string | null)[]; from: number; to: number };

let count = 0;

/** A run as it might have been, in memory. */
export function randomRun(roll: () => number, { agents, users, from, to }: World, isOpen = false): ShadowRun {
  const pick = <T>(all: readonly T[]) => all[Math.floor(roll() * all.length)]!;
  const maybe = (value: number) => (roll() < 0.2 ? null : value);
  const steps = Array.from({ length: Math.floor(roll() * 4) }, (): ShadowStep => {
    const failed = roll() < 0.1;
    const searches = Math.floor(roll() * 3);
    return {
      model: pick(MODELS),
      prompt: failed ? null : Math.floor(roll() * 9000),
      completion: failed ? null : Math.floor(roll() * 900),
      cached: maybe(Math.floor(roll() * 500)),
      // Sums of these are exact in floating point.
      cost: failed ? null : maybe(Math.floor(roll() * 1024) / 1024),
      failed,
      writes: Math.floor(roll() * 3),
      searches,
      emptySearches: Math.floor(roll() * (searches + 1)),
    };
  });
  const calls = steps.map((): ShadowCall => {
    const status = pick(["success", "success", "error", "denied", "interrupted", "awaiting"]);
    return { tool: pick(TOOLS), status, ms: ["success", "error"].includes(status) ? Math.ceil(roll() * 4000) : null };
  });
  return {
    id: `run-${String(++count).padStart(8, "0")}-0000-4000-8000-000000000000`,
    agentId: pick(agents),
    userId: pick(users),
    at: Math.floor(from + roll() * (to - from)),
    status: isOpen ? "running" : pick(STATUSES),
    firstMs: maybe(roll() ** 4 * 20_000),
    wholeMs: isOpen ? null : roll() ** 4 * 600_000,
    steps,
    calls,
    compactions: Math.floor(roll() * 1.3),
  };
}

/** Puts a run into the ledger. */
export async function keepRun(db: Database, run: ShadowRun): Promise<void> {
  const at = new Date(run.at);
  const ids = { organizationId: DEFAULT_ACTOR.organizationId, agentId: run.agentId };
  const inRun = { ...ids, runId: run.id, conversationId: `conv-of-${run.agentId}` };
  await db.prisma.run.create({
    data: {
      ...ids,
      ...{ id: run.id, conversationId: inRun.conversationId, status: run.status, request: {}, createdAt: at },
      createdById: run.userId,
      completedAt: run.status === "running" ? null : at,
      ttftNs: run.firstMs === null ? null : BigInt(Math.round(run.firstMs * 1e6)),
      totalDurationNs: run.wholeMs === null ? null : BigInt(Math.round(run.wholeMs * 1e6)),
    },
  });
  for (const [position, step] of run.steps.entries()) await keepStep(db, run, step, position, inRun);
  for (let n = 0; n < run.compactions; n++) {
    const json = { evicted: [], contextBefore: {}, contextAfter: {}, stats: {}, cause: {} };
    const text = { trigger: "t", mode: "m", summaryMessageId: "m", summary: "s" };
    await db.prisma.compaction.create({ data: { id: `compaction-${run.id}-${n}`, ...inRun, ...json, ...text } });
  }
}

type InRun = { organizationId: string; agentId: string; runId: string; conversationId: string };

async function keepStep(db: Database, run: ShadowRun, step: ShadowStep, position: number, inRun: InRun): Promise<void> {
  const stepId = `step-${run.id}-${position}`;
  const at = new Date(run.at);
  await db.prisma.step.create({
    data: {
      ...inRun,
      ...{
        id: stepId,
        position,
        status: step.failed ? "failed" : "success",
        modelHandle: step.model,
        contextWindow: 1,
      },
      ...{
        settings: {},
        agentVersionId: "v",
        compileId: "c",
        blockVersionIds: [],
        contextHash: "h",
        contextRanges: [],
      },
      ...{ contextTokens: {}, timings: {}, createdAt: at, completedAt: at, cost: step.cost },
      ...{ promptTokens: step.prompt, completionTokens: step.completion, cachedTokens: step.cached },
    },
  });
  const call = run.calls[position]!;
  await db.prisma.toolCall.create({
    data: {
      ...inRun,
      ...{ id: `call-${stepId}`, stepId, messageId: "m", callId: "c", name: call.tool, arguments: "{}", startedAt: at },
      status: call.status,
      endedAt: call.ms === null ? null : new Date(run.at + call.ms),
    },
  });
  const { organizationId, agentId } = inRun;
  for (let n = 0; n < step.writes; n++) {
    const data = { id: `passage-event-${stepId}-${n}`, organizationId, agentId, type: "insert", cause: {}, stepId };
    await db.prisma.passageEvent.create({ data });
  }
  for (let n = 0; n < step.searches; n++) {
    const candidates = [{ passageId: "p", returned: n >= step.emptySearches }];
    const data = { organizationId, agentId, type: "search", cause: {}, stepId, search: { candidates } };
    await db.prisma.passageEvent.create({ data: { id: `search-${stepId}-${n}`, ...data } });
  }
}
