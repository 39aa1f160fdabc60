import type { Section } from "@/lib/engine/section";
import { ERASED } from "@/lib/text/erased";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import type { ShownDirectories } from "../folders/directories";
import { hashText, type SealedSection, sealSections } from "../records/sections";
import type { Touched } from "./carriers";
import type { Eraser } from "./eraser";

type Taken = {
  versionIds: ReadonlySet<string>;
  /** Versions of which a part was erased. */
  partly: ReadonlySet<string>;
  fileIds: ReadonlySet<string>;
  /** As agents see them. */
  fileNames: readonly string[];
  tags: readonly string[];
  eraser: Eraser;
};

/** Sections whose text is a copy of what was said elsewhere; those of blocks go by the version that they show. */
const COPIES: readonly Section["kind"][] = ["summary", "messages", "directories", "metadata", "skills"];

const isCopy = ({ kind, source }: SealedSection, partly: ReadonlySet<string>) =>
  COPIES.includes(kind) || (source.type === "block-version" && partly.has(source.id));

const AT_ONCE = 100;

/**
 * Takes what was erased out of an agent's recorded contexts. Texts are shared by hash: a record that showed it is given
 * another list of sections, and a text goes only when no record needs it any more.
 *
 * @returns how many lists of sections were changed.
 */
export async function eraseFromContexts(sql: Sql, agentId: string, taken: Taken, touched: Touched): Promise<number> {
  const texts = blobsOf(sql, agentId);
  const lists = await rewriteLists(sql, agentId, taken, texts);
  const shown = await rewriteDirectories(sql, agentId, taken, texts);
  await texts.write();
  const steps = await sql.query<{ id: string; run_id: string }>(
    `UPDATE step s SET context_hash = x.new FROM unnest($2::text[], $3::text[]) AS x(old, new)
     WHERE s.agent_id = $1 AND s.context_hash = x.old RETURNING s.id, s.run_id`,
    [agentId, [...lists.renamed.keys()], [...lists.renamed.values()]],
  );
  for (const { id, run_id } of steps) {
    touched.records.set(id, agentId);
    touched.runIds.add(run_id);
  }
  await sql.query(
    `UPDATE compile c SET sections_hash = coalesce(l.new, c.sections_hash), directories_hash = coalesce(d.new, c.directories_hash),
       archival_tags = ARRAY(SELECT t FROM unnest(c.archival_tags) t WHERE t <> ALL($6::text[]))
     FROM compile same LEFT JOIN unnest($2::text[], $3::text[]) AS l(old, new) ON l.old = same.sections_hash
       LEFT JOIN unnest($4::text[], $5::text[]) AS d(old, new) ON d.old = same.directories_hash
     WHERE c.agent_id = $1 AND same.id = c.id AND (l.new IS NOT NULL OR d.new IS NOT NULL OR c.archival_tags && $6::text[])`,
    [
      agentId,
      [...lists.renamed.keys()],
      [...lists.renamed.values()],
      [...shown.renamed.keys()],
      [...shown.renamed.values()],
      [...taken.tags],
    ],
  );
  const needed = new Set([...lists.needed, ...shown.needed]);
  const gone = [...lists.dropped, ...shown.dropped].filter((hash) => !needed.has(hash));
  await sql.query("DELETE FROM blob WHERE agent_id = $1 AND hash = ANY($2::text[])", [agentId, gone]);
  return lists.renamed.size;
}

type Rewritten = { renamed: Map<string, string>; needed: Set<string>; dropped: Set<string> };
type Texts = ReturnType<typeof blobsOf>;

/** The texts of an agent: read in slices, and those that are new are written at the end. */
function blobsOf(sql: Sql, agentId: string) {
  const fresh = new Map<string, string>();
  return {
    async read(hashes: readonly string[]): Promise<Map<string, string>> {
      const rows = await sql.query<{ hash: string; text: string }>(
        "SELECT hash, text FROM blob WHERE agent_id = $1 AND hash = ANY($2::text[])",
        [agentId, hashes],
      );
      await othersTurn();
      return new Map(rows.map((row) => [row.hash, row.text]));
    },
    keep(text: string): string {
      const hash = hashText(text);
      fresh.set(hash, text);
      return hash;
    },
    async write(): Promise<void> {
      await sql.query(
        `INSERT INTO blob (agent_id, hash, text) SELECT $1, hash, text FROM unnest($2::text[], $3::text[]) AS x(hash, text)
         ON CONFLICT DO NOTHING`,
        [agentId, [...fresh.keys()], [...fresh.values()]],
      );
    },
  };
}

async function hashesOf(sql: Sql, statement: string, agentId: string): Promise<string[]> {
  const rows = await sql.query<{ hash: string }>(statement, [agentId]);
  return rows.map((row) => row.hash);
}

const LISTS = `SELECT context_hash AS hash FROM step WHERE agent_id = $1
  UNION SELECT sections_hash FROM compile WHERE agent_id = $1`;
const DIRECTORIES =
  "SELECT DISTINCT directories_hash AS hash FROM compile WHERE agent_id = $1 AND directories_hash IS NOT NULL";

async function rewriteLists(sql: Sql, agentId: string, taken: Taken, texts: Texts): Promise<Rewritten> {
  const rewritten: Rewritten = { renamed: new Map(), needed: new Set(), dropped: new Set() };
  const known = new Map<string, SealedSection | null>();
  const hashes = await hashesOf(sql, LISTS, agentId);
  for (let start = 0; start < hashes.length; start += AT_ONCE) {
    const lists = await texts.read(hashes.slice(start, start + AT_ONCE));
    const parsed = new Map(Array.from(lists, ([hash, text]) => [hash, JSON.parse(text) as SealedSection[]]));
    const unknown = [...parsed.values()].flat().filter((one) => isCopy(one, taken.partly) && !known.has(one.hash));
    const read = await texts.read([...new Set(unknown.map((one) => one.hash))]);
    for (const [hash, list] of parsed) {
      const changed = list.map((section) => eraseSection(section, taken, known, read, texts));
      const isSame = changed.every((section, index) => section === list[index]);
      const kept = isSame ? hash : texts.keep(JSON.stringify(changed));
      for (const section of changed) rewritten.needed.add(section.hash);
      rewritten.needed.add(kept);
      if (isSame) continue;
      rewritten.renamed.set(hash, kept);
      rewritten.dropped.add(hash);
      for (const section of list) rewritten.dropped.add(section.hash);
      await othersTurn();
    }
  }
  return rewritten;
}

/** The section itself where nothing of it was erased. */
function eraseSection(
  section: SealedSection,
  { versionIds, partly, fileNames, tags, eraser }: Taken,
  known: Map<string, SealedSection | null>,
  read: ReadonlyMap<string, string>,
  texts: Texts,
): SealedSection {
  const { kind, label, source } = section;
  const sealed = (text: string): SealedSection => {
    texts.keep(text);
    return sealSections([{ kind, label, source, text }]).list[0]!;
  };
  if (source.type === "block-version" && versionIds.has(source.id)) return sealed(`${ERASED}\n\n`);
  if (!isCopy(section, partly)) return section;
  if (!known.has(section.hash)) {
    const text = read.get(section.hash) ?? "";
    const apart = kind === "directories" ? withoutFiles(text, fileNames) : withoutTags(text, tags);
    const erased = eraser.text(apart);
    known.set(section.hash, erased === text ? null : sealed(erased));
  }
  const made = known.get(section.hash);
  return made ? { ...section, hash: made.hash, tokens: made.tokens, chars: made.chars } : section;
}

const TAGS = /^(- Available archival memory tags: )(.*)$/mu;

function withoutTags(text: string, tags: readonly string[]): string {
  if (tags.length === 0) return text;
  const shown = new Set(tags.map((tag) => tag.replace(/\s*[\r\n]+\s*/gu, " ")));
  return text.replace(TAGS, (line, head: string, list: string) => {
    const all = list.split(", ");
    const left = all.filter((tag) => !shown.has(tag));
    return left.length === all.length ? line : head + (left.join(", ") || ERASED);
  });
}

const FILE = /(<file [^>]*name=")([^"]*)("[^>]*>[\s\S]*?<value>\n)([\s\S]*?)(\n<\/value>)/gu;

/** The values that open files show; nothing in a file's own text can look like the end of one. */
function withoutFiles(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  const shown = new Set(names.map((name) => name.replaceAll('"', "&quot;").replaceAll("<", "&lt;")));
  return text.replace(FILE, (all, head: string, name: string, middle: string, _value: string, end: string) =>
    shown.has(name) ? head + name + middle + ERASED + end : all,
  );
}

async function rewriteDirectories(sql: Sql, agentId: string, taken: Taken, texts: Texts): Promise<Rewritten> {
  const rewritten: Rewritten = { renamed: new Map(), needed: new Set(), dropped: new Set() };
  const hashes = await hashesOf(sql, DIRECTORIES, agentId);
  for (let start = 0; start < hashes.length; start += AT_ONCE) {
    for (const [hash, text] of await texts.read(hashes.slice(start, start + AT_ONCE))) {
      const shown = JSON.parse(text) as ShownDirectories;
      let isSame = true;
      for (const file of shown.directories.flatMap(({ files }) => files)) {
        if (file.value === null) continue;
        if (taken.fileIds.has(file.id)) {
          rewritten.dropped.add(file.value);
          file.value = texts.keep(ERASED);
          isSame = false;
        }
        rewritten.needed.add(file.value);
      }
      const kept = isSame ? hash : texts.keep(JSON.stringify(shown));
      rewritten.needed.add(kept);
      if (isSame) continue;
      rewritten.renamed.set(hash, kept);
      rewritten.dropped.add(hash);
    }
  }
  return rewritten;
}
