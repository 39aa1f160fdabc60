/**
 * The index of one scope in this process's memory: what its documents say, by word, and where they stand. It is filled
 * from `search_document` in the order of its entries and never ahead of it.
 */
export type Resident = {
  scopeId: string;
  /** The last entry that is in it. */
  entry: number;
  /** By place: the document's ledger sequence; its words (-1: it was deleted); when; who. */
  docs: number[];
  lengths: number[];
  at: number[];
  roles: (string | null)[];
  speakers: (string | null)[];
  asks: boolean[];
  threads: Thread[];
  /** Places of documents by ledger sequence. */
  placeOf: Map<number, number>;
  byThread: Map<string, Thread>;
  /** By stem: one number for each document that has it, by rising place (`pack`). */
  postings: Map<string, number[]>;
  /** Stems of each document, by number of `stems`. */
  stems: string[];
  stemNumbers: Map<string, number>;
  contents: Int32Array[];
  /** How many documents there are, and their words in all. */
  documents: number;
  words: number;
};

/** Documents that follow each other, by `order`. */
export type Thread = { id: string; order: number[]; places: number[] };

/** A row of `search_document`. */
export type Entry = {
  doc: number;
  entry: number;
  thread_id: string;
  position: number;
  length: number;
  at: number;
  role: string | null;
  speaker: string | null;
  asks: boolean;
  words: string;
};

export function makeResident(scopeId: string): Resident {
  return {
    scopeId,
    entry: 0,
    docs: [],
    lengths: [],
    at: [],
    roles: [],
    speakers: [],
    asks: [],
    threads: [],
    placeOf: new Map(),
    byThread: new Map(),
    postings: new Map(),
    stems: [],
    stemNumbers: new Map(),
    contents: [],
    documents: 0,
    words: 0,
  };
}

const FREQUENCIES = 64;
const PLACES = 1024;
const PACKED = FREQUENCIES * PLACES;

/** A posting: the document's place, how often it has the word (at most 63), where first (0: beyond the 1,023rd). */
const pack = (place: number, frequency: number, first: number) =>
  place * PACKED + (first < PLACES ? first : 0) * FREQUENCIES + Math.min(frequency, FREQUENCIES - 1);
export const placeOfPosting = (posting: number) => Math.floor(posting / PACKED);
export const frequencyOf = (posting: number) => posting % FREQUENCIES;
export const firstOf = (posting: number) => Math.floor((posting % PACKED) / FREQUENCIES);

/** Takes an entry in: a new document, one that says something else now, or one that was deleted. */
export function addEntry(resident: Resident, row: Entry): void {
  resident.entry = Math.max(resident.entry, row.entry);
  const known = resident.placeOf.get(row.doc);
  if (known !== undefined) removeDocument(resident, known);
  if (row.length < 0) return;
  const place = resident.docs.length;
  resident.docs.push(row.doc);
  resident.lengths.push(row.length);
  resident.at.push(row.at);
  resident.roles.push(row.role);
  resident.speakers.push(row.speaker);
  resident.asks.push(row.asks);
  resident.placeOf.set(row.doc, place);
  resident.documents += 1;
  resident.words += row.length;
  addToThread(resident, row, place);
  addWords(resident, row.words, place);
}

function addWords(resident: Resident, words: string, place: number): void {
  const fields = words === "" ? [] : words.split(" ");
  const contents = new Int32Array(fields.length / 3);
  for (let n = 0; n + 2 < fields.length; n += 3) {
    const stem = fields[n]!;
    const posting = pack(place, Number(fields[n + 1]), Number(fields[n + 2]));
    const list = resident.postings.get(stem);
    if (list) list.push(posting);
    else {
      resident.postings.set(stem, [posting]);
      resident.stemNumbers.set(stem, resident.stems.length);
      resident.stems.push(stem);
    }
    contents[n / 3] = resident.stemNumbers.get(stem)!;
  }
  resident.contents.push(contents);
}

function addToThread(resident: Resident, { thread_id, position }: Entry, place: number): void {
  let thread = resident.byThread.get(thread_id);
  if (!thread) {
    thread = { id: thread_id, order: [], places: [] };
    resident.byThread.set(thread_id, thread);
  }
  resident.threads.push(thread);
  const index = firstAbove(thread.order, position);
  if (index === thread.order.length) {
    thread.order.push(position);
    thread.places.push(place);
  } else {
    thread.order.splice(index, 0, position);
    thread.places.splice(index, 0, place);
  }
}

/** Its words leave the lists; its place stays, empty, since those of others are numbered by it. */
function removeDocument(resident: Resident, place: number): void {
  if (resident.lengths[place]! < 0) return;
  resident.documents -= 1;
  resident.words -= resident.lengths[place]!;
  resident.lengths[place] = -1;
  const thread = resident.threads[place]!;
  const index = thread.places.indexOf(place);
  thread.order.splice(index, 1);
  thread.places.splice(index, 1);
  for (const number of resident.contents[place]!) {
    const list = resident.postings.get(resident.stems[number]!)!;
    const found = findPosting(list, place);
    if (found >= 0) list.splice(found, 1);
  }
  resident.contents[place] = new Int32Array(0);
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  if (high > 0 && sorted[high - 1]! <= value) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a document's posting stands in a list; -1 where it has none. */
export function findPosting(list: readonly number[], place: number): number {
  let [low, high] = [0, list.length];
  const floor = place * PACKED;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < floor) low = middle + 1;
    else high = middle;
  }
  return low < list.length && placeOfPosting(list[low]!) === place ? low : -1;
}

/** The places before and after one in its thread, nearest first, at most `reach` each. */
export function neighboursOf(resident: Resident, place: number, reach: number): { before: number[]; after: number[] } {
  const { places } = resident.threads[place]!;
  let index = indexIn(places, place);
  if (index < 0) index = 0;
  const before = places.slice(Math.max(0, index - reach), index).reverse();
  return { before, after: places.slice(index + 1, index + 1 + reach) };
}

function indexIn(places: readonly number[], place: number): number {
  // Places rise with order where documents came in order, which is nearly always: a search by place finds it then.
  let [low, high] = [0, places.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (places[middle] === place) return middle;
    if (places[middle]! < place) low = middle + 1;
    else high = middle - 1;
  }
  return places.indexOf(place);
}
