import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { ModelRequest } from "@/lib/engine/model";
import { says } from "@/lib/engine/testing/scripted-model";
import { canonicalJson } from "../records/cassette";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import type { WireStateAt } from "./state";
import { type History, liveAtRandom, type Shadow } from "./testing/random-history";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Passages are asked a few at a time, so that pages are walked. */
async function stateOf(agentId: string, stepId: string, moment: string): Promise<Shadow> {
  const texts: string[] = [];
  let after = "";
  for (;;) {
    const path = `/v1/agents/${agentId}/state?step_id=${stepId}&moment=${moment}&passage_limit=4${after}`;
    const state = await ok<WireStateAt>("GET", path);
    texts.push(...state.passages.items.map((passage) => passage.text));
    if (state.passages.items.length > 0) {
      after = `&passage_after=${state.passages.items.at(-1)!.id}`;
      continue;
    }
    expect(texts).toHaveLength(state.passages.count);
    const all = [...state.archives, ...state.folders, ...state.identities];
    expect(all.filter((one) => one.assumed)).toEqual([]);
    return {
      system: state.agent_version.config.system as string,
      blocks: state.blocks.map(({ label, value }): [string, string] => [label, value]),
      archives: state.archives.map((archive) => archive.name).sort(),
      passages: texts.sort(),
      identities: state.identities.map((identity) => identity.id).sort(),
      folders: state.folders.map((folder) => folder.id),
      tools: state.tools.map((tool) => tool.name).sort(),
    };
  }
}

/** What an agent is now, by the lists that clients see. Folders that were deleted since can't be had again. */
async function presentOf(agentId: string): Promise<Omit<Shadow, "identities">> {
  const agent = await ok<WireAgent>("GET", `/v1/agents/${agentId}`);
  const archives = await ok<{ name: string }[]>("GET", `/v1/archives/?agent_id=${agentId}`);
  const passages = await ok<{ text: string }[]>("GET", `/v1/agents/${agentId}/archival-memory?limit=1000`);
  return {
    system: agent.system,
    blocks: agent.blocks.map(({ label, value }): [string, string] => [label!, value]),
    archives: archives.map((archive) => archive.name).sort(),
    passages: passages.map((passage) => passage.text).sort(),
    folders: agent.sources.map((source) => source.id!),
    tools: agent.tools.map((tool) => tool.name!).sort(),
  };
}

type Segment = { text: string; version_id: string; block_id: string; cause: unknown };
const segmentsOf = async (blockId: string, version: string) => {
  const { segments } = await ok<{ segments: Segment[] }>("GET", `/v1/blocks/${blockId}/blame${version}`);
  return segments.map(({ text, version_id, block_id, cause }) => ({ text, version_id, block_id, cause }));
};

/** Who wrote what in an agent's blocks. */
async function blameOf(agentId: string): Promise<Segment[][]> {
  const { blocks } = await ok<WireAgent>("GET", `/v1/agents/${agentId}`);
  return Promise.all(blocks.map((block) => segmentsOf(block.id!, "")));
}

async function blameAt(agentId: string, stepId: string): Promise<Segment[][]> {
  const { blocks } = await ok<WireStateAt>("GET", `/v1/agents/${agentId}/state?step_id=${stepId}`);
  return Promise.all(blocks.map((block) => segmentsOf(block.block_id, `?version_id=${block.id}`)));
}

/** What a model is shown, with one agent's id in the place of another's. */
function shown(request: ModelRequest & { handle: string }, from: string, to: string): string {
  const { handle, system, messages, tools, toolChoice, parallelToolCalls, settings } = request;
  const said = messages.map(({ role, parts }) => [role, parts]);
  const text = canonicalJson([handle, system, said, tools, toolChoice, parallelToolCalls, settings]);
  return from ? text.replaceAll(from, to) : text;
}

const withoutTime = (text: string) => text.replace(/System prompt last recompiled: [^\\\n]*/, "recompiled");

/** What the model was asked for a fork's first step on a message. */
async function firstRequest(fork: { agent_id: string }, message: string): Promise<ModelRequest & { handle: string }> {
  const before = t.requests.length;
  t.push(says("Elsewhere."));
  await t.say({ agentId: fork.agent_id }, message);
  return t.requests[before]!;
}

const SEEDS = (process.env.PAST_SEEDS ?? "11,12").split(",").map(Number);

describe.each(SEEDS)("a random history of all writers, seed %i", (seed) => {
  let history: History;
  const requests = new Map<string, ModelRequest & { handle: string }>();
  beforeAll(async () => {
    const before = t.requests.length;
    history = await liveAtRandom(t, seed, 30);
    const made = t.requests.slice(before);
    const steps = history.runs.flatMap((run) => run.steps);
    expect(made).toHaveLength(steps.length);
    for (const [index, step] of steps.entries()) requests.set(step.id, made[index]!);
  }, 120_000);

  test("the state before and after every step is what the shadow had then", async () => {
    for (const { steps } of history.runs) {
      for (const step of steps) {
        expect(await stateOf(history.agent.id, step.id, "before"), `before ${step.id}`).toEqual(step.before);
        expect(await stateOf(history.agent.id, step.id, "after"), `after ${step.id}`).toEqual(step.after);
      }
    }
  }, 120_000);

  test("a fork is what the shadow had as of the step, and asks what the original asked next, byte for byte", async () => {
    const { agent, runs } = history;
    const now = await presentOf(agent.id);
    let fresh = 0;
    for (const [index, run] of runs.entries()) {
      const next = runs[index + 1];
      const last = run.steps.at(-1)!;
      const gone = new Set<string>();
      for (const id of last.after.folders) if ((await t.api("GET", `/v1/folders/${id}`)).status === 404) gone.add(id);
      const fork = await ok<{ agent_id: string; notes: string[] }>("POST", `/v1/steps/${last.id}/fork`, {
        moment: "after",
      });
      const { identities, ...expected } = last.after;
      const folders = expected.folders.filter((id) => !gone.has(id));
      expect(await presentOf(fork.agent_id), `fork of ${last.id}`).toEqual({ ...expected, folders });
      expect(await blameOf(fork.agent_id), `blame of the fork of ${last.id}`).toEqual(await blameAt(agent.id, last.id));
      expect(fork.notes.some((note) => note.includes("deleted since"))).toBe(gone.size > 0);
      if (next?.followsAtOnce && gone.size === 0) {
        const asked = shown(await firstRequest(fork, next.said), fork.agent_id, agent.id);
        const original = shown(requests.get(next.steps[0]!.id)!, "", "");
        const compiles = await t.core.db.query<{ compile_id: string }>(
          "SELECT compile_id FROM step WHERE id = ANY($1::text[])",
          [[last.id, next.steps[0]!.id]],
        );
        const isFresh = compiles[0]!.compile_id === compiles[1]!.compile_id;
        if (isFresh) fresh++;
        expect(isFresh ? asked : withoutTime(asked)).toBe(isFresh ? original : withoutTime(original));
      }
      await ok("DELETE", `/v1/agents/${fork.agent_id}`);
    }
    expect(fresh).toBeGreaterThan(0);
    expect(await presentOf(agent.id)).toEqual(now);
  }, 240_000);

  test("a fork before a run's first step asks what that step asked, byte for byte, times and all", async () => {
    const { agent, runs } = history;
    for (const { said, steps } of runs.slice(-6)) {
      const before = t.requests.length;
      t.push(says("Again."));
      const fork = await ok<{ agent_id: string }>("POST", `/v1/steps/${steps[0]!.id}/fork`, {
        changes: { message: said },
      });
      await Promise.all(t.ctx.runs.active().map((run) => run.done));
      const asked = shown(t.requests[before]!, fork.agent_id, agent.id);
      expect(asked).toBe(shown(requests.get(steps[0]!.id)!, "", ""));
    }
  }, 120_000);
});
