import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock } from "@/lib/api/blocks";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import type { RunningCore } from "../../testing/running-core";

/** What an agent has, as kept by the test alone: no word of it is read from the records. */
export type Shadow = {
  system: string;
  /** By label, in order of attachment. */
  blocks: [string, string][];
  /** Names of archives, sorted, and the texts of all their passages, sorted. */
  archives: string[];
  passages: string[];
  identities: string[];
  folders: string[];
  tools: string[];
};

export type LivedStep = { id: string; before: Shadow; after: Shadow };
/** A run: what was said, its steps, and whether anything happened between it and the run before. */
export type LivedRun = { said: string; steps: LivedStep[]; followsAtOnce: boolean };
export type History = { agent: WireAgent; runs: LivedRun[]; now: () => Shadow };

/** Numbers from 0 up to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Archive = { id: string; name: string; passages: Map<string, string>; gone: boolean };
type Link = { archive: Archive; isOwner: boolean };
type World = {
  agent: WireAgent;
  system: string;
  blocks: { id: string; label: string; value: string }[];
  archives: Archive[];
  links: Link[];
  identities: { id: string; gone: boolean; has: boolean }[];
  folders: { id: string; gone: boolean; has: boolean }[];
  tools: { id: string; name: string; has: boolean }[];
};

const TOOLS = ["memory_insert", "memory_replace", "archival_memory_insert", "conversation_search"];
const FILE_TOOLS = ["grep_files", "open_files", "semantic_search_files"];

/** Lives through acts of all writers by a seed: an agent's tools, and clients who attach, detach, delete and write. */
export async function liveAtRandom(t: RunningCore, seed: number, acts: number): Promise<History> {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  let count = 0;
  const fresh = (word: string) => `${word} ${seed}-${++count}`;

  async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await t.api<Body>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const agent = await ok<WireAgent>("POST", "/v1/agents/", {
    name: `Random ${seed}`,
    model: "openai/gpt-4o-mini",
    system: "You are Sam.",
    include_base_tools: false,
    tools: TOOLS,
    memory_blocks: [
      { label: "human", value: "Bob" },
      { label: "persona", value: "I am Sam." },
    ],
  });
  const of = `/v1/agents/${agent.id}`;
  const world: World = {
    agent,
    system: "You are Sam.",
    blocks: agent.blocks.map(({ id, label, value }) => ({ id: id!, label: label!, value })),
    archives: [],
    links: [],
    identities: [],
    folders: [],
    tools: agent.tools.map((tool) => ({ id: tool.id!, name: tool.name!, has: true })),
  };
  const shadow = (): Shadow => shadowOf(world);
  const linked = (archive: Archive) => world.links.some((link) => link.archive === archive);

  const ACTS: (() => Promise<unknown>)[] = [
    async () => {
      const name = fresh("Archive");
      const { id } = await ok<{ id: string }>("POST", "/v1/archives/", { name });
      world.archives.push({ id, name, passages: new Map(), gone: false });
    },
    async () => {
      const archive = pick(world.archives.filter((one) => !one.gone && !linked(one)));
      if (!archive) return;
      await ok("PATCH", `${of}/archives/attach/${archive.id}`);
      world.links.push({ archive, isOwner: false });
    },
    async () => {
      const link = pick(world.links);
      if (!link) return;
      await ok("PATCH", `${of}/archives/detach/${link.archive.id}`);
      world.links = world.links.filter((one) => one !== link);
    },
    async () => {
      const archive = pick(world.archives.filter((one) => !one.gone));
      if (!archive || random() < 0.4) return;
      await ok("DELETE", `/v1/archives/${archive.id}`);
      archive.gone = true;
      world.links = world.links.filter((link) => link.archive !== archive);
    },
    async () => {
      const archive = pick(world.archives.filter((one) => !one.gone));
      if (!archive) return;
      const texts = [fresh("passage"), fresh("passage"), fresh("passage")];
      const body = { passages: texts.map((text) => ({ text, tags: ["x"] })) };
      const made = await ok<{ id: string }[]>("POST", `/v1/archives/${archive.id}/passages/batch`, body);
      for (const [index, { id }] of made.entries()) archive.passages.set(id, texts[index]!);
    },
    async () => {
      const archive = pick(world.archives.filter((one) => !one.gone && one.passages.size > 0));
      const id = archive && pick([...archive.passages.keys()]);
      if (!archive || !id) return;
      await ok("DELETE", `/v1/archives/${archive.id}/passages/${id}`);
      archive.passages.delete(id);
    },
    async () => {
      const identity = pick(world.identities.filter((one) => !one.gone));
      if (!identity || random() < 0.4) {
        const key = fresh("key");
        const body = { identifier_key: key, name: key, identity_type: "user", agent_ids: [agent.id] };
        const { id } = await ok<{ id: string }>("POST", "/v1/identities/", body);
        world.identities.push({ id, gone: false, has: true });
      } else if (random() < 0.3) {
        await ok("DELETE", `/v1/identities/${identity.id}`);
        Object.assign(identity, { gone: true, has: false });
      } else {
        await ok("PATCH", `${of}/identities/${identity.has ? "detach" : "attach"}/${identity.id}`);
        identity.has = !identity.has;
      }
    },
    async () => {
      const folder = pick(world.folders.filter((one) => !one.gone));
      if (!folder || random() < 0.4) {
        const { id } = await ok<{ id: string }>("POST", "/v1/folders/", { name: fresh("folder") });
        world.folders.push({ id, gone: false, has: false });
      } else if (random() < 0.3) {
        await ok("DELETE", `/v1/folders/${folder.id}`);
        Object.assign(folder, { gone: true, has: false });
      } else {
        await ok("PATCH", `${of}/folders/${folder.has ? "detach" : "attach"}/${folder.id}`);
        const had = folder.has;
        folder.has = !had;
        if (had) world.folders = [folder, ...world.folders.filter((one) => one !== folder)];
        else world.folders = [...world.folders.filter((one) => one !== folder), folder];
      }
    },
    async () => {
      const tool = world.tools.find((one) => one.name === "conversation_search")!;
      await ok("PATCH", `${of}/tools/${tool.has ? "detach" : "attach"}/${tool.id}`);
      tool.has = !tool.has;
    },
    async () => {
      const block = pick(world.blocks.filter((one) => one.label !== "human"));
      if (block && random() < 0.5) {
        await ok("DELETE", `/v1/blocks/${block.id}`);
        world.blocks = world.blocks.filter((one) => one !== block);
        return;
      }
      const [label, value] = [`b${++count}`, fresh("value")];
      const { id } = await ok<WireBlock>("POST", "/v1/blocks/", { label, value });
      await ok("PATCH", `${of}/core-memory/blocks/attach/${id}`);
      world.blocks.push({ id, label, value });
    },
    async () => {
      const block = pick(world.blocks.filter((one) => one.label !== "human"));
      if (!block) return;
      await ok("PATCH", `${of}/core-memory/blocks/detach/${block.id}`);
      world.blocks = world.blocks.filter((one) => one !== block);
    },
    async () => {
      const block = pick(world.blocks)!;
      block.value = `${block.value}\n${fresh("from a client")}`;
      await ok("PATCH", `/v1/blocks/${block.id}`, { value: block.value });
    },
    async () => {
      world.system = fresh("You are");
      await ok("PATCH", of, { system: world.system });
    },
  ];

  /** A run with none, one or two tool calls, each a step. */
  async function run(followsAtOnce: boolean): Promise<LivedRun> {
    const said = fresh("Said");
    const changes: ((() => Promise<unknown> | unknown) | null)[] = [];
    for (let at = Math.floor(random() * 3); at > 0; at--) {
      const id = `call${seed}x${++count}`;
      if (random() < 0.5) {
        const line = fresh("line");
        t.push(calls({ id, name: "memory_insert", args: { label: "human", new_string: line } }));
        changes.push(() => {
          const block = world.blocks.find((one) => one.label === "human")!;
          block.value = `${block.value}\n${line}`;
        });
      } else {
        const content = fresh("fact");
        t.push(calls({ id, name: "archival_memory_insert", args: { content, tags: [] } }));
        changes.push(() => keepFact(content));
      }
    }
    t.push(says("Done."));
    changes.push(null);
    const first = shadow();
    const { runId } = await t.say({ agentId: agent.id }, said);
    const rows = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE run_id = $1 ORDER BY seq", [runId]);
    const steps: LivedStep[] = [];
    let before = first;
    for (const [index, { id }] of rows.entries()) {
      await changes[index]?.();
      const after = shadow();
      steps.push({ id, before, after });
      before = after;
    }
    return { said, steps, followsAtOnce };
  }

  /** To the agent's own archive, or else the oldest that is attached, or else a new one. */
  async function keepFact(content: string): Promise<void> {
    const oldest = world.archives.flatMap((archive) => world.links.find((link) => link.archive === archive) ?? []);
    let link = oldest.find((one) => one.isOwner) ?? oldest[0];
    if (!link) {
      const [made] = await ok<{ id: string }[]>("GET", `/v1/archives/?agent_id=${agent.id}`);
      const archive = { id: made!.id, name: `Random ${seed}'s Archive`, passages: new Map(), gone: false };
      link = { archive, isOwner: true };
      world.archives.push(archive);
      world.links.push(link);
    }
    const listed = await ok<{ id: string }[]>("GET", `${of}/archival-memory?search=${encodeURIComponent(content)}`);
    link.archive.passages.set(listed[0]!.id, content);
  }

  const runs: LivedRun[] = [];
  let quiet = false;
  for (let act = 0; act < acts; act++) {
    if (act === 0 || random() < 0.4) {
      runs.push(await run(quiet));
      quiet = true;
    } else {
      await pick(ACTS)!();
      quiet = false;
    }
  }
  runs.push(await run(quiet));
  runs.push(await run(true));
  return { agent, runs, now: shadow };
}

function shadowOf(world: World): Shadow {
  const folders = world.folders.filter((folder) => folder.has).map((folder) => folder.id);
  return {
    system: world.system,
    blocks: world.blocks.map(({ label, value }): [string, string] => [label, value]),
    archives: world.links.map((link) => link.archive.name).sort(),
    passages: world.links.flatMap((link) => [...link.archive.passages.values()]).sort(),
    identities: world.identities.flatMap((identity) => (identity.has ? [identity.id] : [])).sort(),
    folders,
    tools: [
      ...world.tools.flatMap((tool) => (tool.has ? [tool.name] : [])),
      ...(folders.length > 0 ? FILE_TOOLS : []),
    ].sort(),
  };
}
