import type { MemoryWrite } from "@/lib/engine/memory";
import { storable } from "@/lib/engine/storable";
import { listAgentPassages } from "../../archives/passages";
import type { Ctx } from "../../core/core";
import { newId } from "../../core/ids";
import type { SandboxAgentPort } from "../../sandbox/sandbox";
import { archivesOfAgent, searchPassages } from "../../search/search";

type Pending = { type: "passage-insert"; id: string; text: string; tags: string[] };

export type ArchivePort = Pick<SandboxAgentPort, "searchArchival" | "listArchival" | "insertArchival"> & {
  /** Passages that the call made, and records of its searches. */
  writes(): MemoryWrite[];
};

const MAX_PASSAGE_BYTES = 8192 * 4;
const DEFAULT_RESULTS = 10;
const MAX_RESULTS = 100;

/** An agent's archival memory as one call of a tool sees it: with the passages that the call itself has made. */
export function openArchive(ctx: Ctx, agentId: string, signal: AbortSignal): ArchivePort {
  const passages: Pending[] = [];
  const searches: MemoryWrite[] = [];
  return {
    async searchArchival(query, { tags, limit }) {
      const most = atMost(limit, DEFAULT_RESULTS);
      const archiveIds = await archivesOfAgent(ctx, agentId);
      const asked = { query, mode: "hybrid", archiveIds, tags, tagMatchMode: "any", limit: most, signal } as const;
      const { search, found } = await searchPassages(ctx, asked);
      searches.push({ type: "passage-search", search });
      const own = passages.filter((passage) => isFound(passage, query, tags)).map(shown);
      const stored = found.map(({ id, text, tags, createdAt }) => ({ id, text, tags, created_at: createdAt }));
      return [...own, ...stored].slice(0, most);
    },
    async listArchival({ limit, after }) {
      const most = atMost(limit, MAX_RESULTS);
      const place = passages.findIndex(({ id }) => id === after);
      const query = { after, limit: most, ascending: true, include_embeddings: false };
      const rows = place < 0 ? await listAgentPassages(ctx, agentId, query) : [];
      const stored = rows.map(({ id, text, tags, created_at }) => ({ id, text, tags: tags ?? [], created_at }));
      return [...stored, ...passages.slice(place + 1).map(shown)].slice(0, most);
    },
    async insertArchival(text, tags) {
      if (text.trim() === "") throw new Error("The passage is empty.");
      if (Buffer.byteLength(text) > MAX_PASSAGE_BYTES) throw new Error("The passage is too long: split it.");
      const passage: Pending = {
        type: "passage-insert",
        id: newId("passage"),
        text: storable(text),
        tags: [...new Set((tags ?? []).map(storable))],
      };
      passages.push(passage);
      return [shown(passage)];
    },
    writes: () => [...passages, ...searches],
  };
}

const shown = ({ id, text, tags }: Pending) => ({ id, text, tags, created_at: null });

/** Passages that are not stored yet are found by any word of the query. */
function isFound(passage: Pending, query: string, tags: string[] | null): boolean {
  if (tags?.length && !tags.some((tag) => passage.tags.includes(tag))) return false;
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const text = passage.text.toLowerCase();
  return words.some((word) => text.includes(word));
}

function atMost(limit: number | null, otherwise: number): number {
  return Math.min(Math.max(1, Math.floor(limit ?? otherwise)), MAX_RESULTS);
}
