import type { Sql, Statement } from "../db/database";
import { inTurns } from "../db/others-turn";
import type { QueryWord } from "./question";
import { addEntry, type Entry, makeResident, type Resident } from "./resident";
import { LANGUAGE, wordsSql } from "./search-text";

/** Words of all documents that stay in memory, some 20 bytes each; scopes that were not searched for longest go first. */
const MOST_WORDS = 10_000_000;

/** Entries that one statement reads: the embedded database answers nobody meanwhile. */
const READ_AT_ONCE = 500;

type Memory = { residents: Map<string, Resident> };
const memories = new WeakMap<object, Memory>();
const all = new Set<WeakRef<Memory>>();

function memoryOf(owner: object): Memory {
  const found = memories.get(owner);
  if (found) return found;
  const made: Memory = { residents: new Map() };
  memories.set(owner, made);
  all.add(new WeakRef(made));
  return made;
}

/**
 * The scopes' indexes as they are committed now, and the words of a query as the index knows them. What is in memory
 * belongs to `owner`, the database; `sql` may be a transaction of it that has written no entries.
 */
export async function readResidents(
  owner: object,
  sql: Sql,
  scopeIds: readonly string[],
  query: string,
): Promise<{ residents: Resident[]; words: QueryWord[] }> {
  const memory = memoryOf(owner);
  const residents = scopeIds.map((id) => {
    const found = memory.residents.get(id) ?? makeResident(id);
    // The order of the map is that of use.
    memory.residents.delete(id);
    memory.residents.set(id, found);
    return found;
  });
  const words = await readNew(sql, residents, query);
  forget(memory, new Set(scopeIds));
  return { residents: residents.filter((one) => one.documents > 0), words };
}

/** Forgets scopes that are deleted, in all databases: ids are nowhere used twice. */
export function forgetResidents(scopeIds: readonly string[]): void {
  for (const reference of all) {
    const memory = reference.deref();
    if (memory) for (const id of scopeIds) memory.residents.delete(id);
    else all.delete(reference);
  }
}

type Read = { words: [string, number][] | null; entries: (Entry & { scope_id: string })[] | null };

async function readNew(sql: Sql, residents: readonly Resident[], query: string): Promise<QueryWord[]> {
  let words: QueryWord[] | undefined;
  let behind = residents;
  const byId = new Map(residents.map((one) => [one.scopeId, one]));
  const letOthers = inTurns();
  do {
    const [read]: Read[] = await sql.query<Read>(READ, [
      behind.map((one) => one.scopeId),
      behind.map((one) => one.entry),
      words ? "" : query,
      Math.max(1, Math.floor(READ_AT_ONCE / Math.max(1, behind.length))),
    ]);
    words ??= (read!.words ?? []).map(([term, place]) => ({ term, place }));
    const entries = read!.entries ?? [];
    for (const entry of entries) {
      const resident = byId.get(entry.scope_id)!;
      // Two that read at once may bring the same entries: those that are in it already are passed over.
      if (entry.entry > resident.entry) addEntry(resident, entry);
      await letOthers();
    }
    const touched = new Set(entries.map((entry) => entry.scope_id));
    behind = behind.filter((one) => touched.has(one.scopeId));
  } while (behind.length > 0);
  return words;
}

const READ: Statement = {
  name: "search-read-entries",
  text: `SELECT
  (SELECT json_agg(json_build_array(w.lexeme, w.positions[1]) ORDER BY w.positions[1])
   FROM unnest(to_tsvector('${LANGUAGE}', ${wordsSql("$3::text")})) w) AS words,
  (SELECT json_agg(json_build_object('doc', d.doc, 'entry', d.entry, 'scope_id', d.scope_id, 'thread_id', d.thread_id,
      'position', d.position, 'length', d.length, 'at', (extract(epoch FROM d.at) * 1000)::int8, 'role', d.role,
      'speaker', d.speaker, 'asks', d.asks, 'words', d.words) ORDER BY d.entry)
   FROM unnest($1::text[], $2::bigint[]) AS seen(scope_id, entry)
     CROSS JOIN LATERAL (SELECT * FROM search_document d WHERE d.scope_id = seen.scope_id AND d.entry > seen.entry
       ORDER BY d.entry LIMIT $4) d) AS entries`,
};

function forget(memory: Memory, used: ReadonlySet<string>): void {
  let words = 0;
  for (const one of memory.residents.values()) words += one.words;
  for (const [id, one] of memory.residents) {
    if (words <= MOST_WORDS) return;
    if (used.has(id)) continue;
    memory.residents.delete(id);
    words -= one.words;
  }
}
