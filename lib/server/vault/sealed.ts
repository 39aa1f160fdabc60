import type { Database } from "../db/database";
import { readable, type Vault } from "./vault";

/** A column of sealed texts. `name` says, in SQL, whose a row's secret is. */
type Column = { table: string; column: string; what: string; name: string };

/** Every place where the database keeps something that the vault has sealed: a new one belongs here (a test looks). */
export const SEALED_COLUMNS: readonly Column[] = [
  { table: "provider", column: "api_key_enc", what: "API key of provider", name: "name" },
  { table: "provider", column: "access_key_enc", what: "access key of provider", name: "name" },
  { table: "agent_secret", column: "value_enc", what: "secret of agent", name: "agent_id || ': ' || key" },
  {
    table: "tool_secret",
    column: "value_enc",
    what: "secret of tool",
    name: "tool_id || ': ' || key",
  },
  {
    table: "mcp_server",
    column: "secrets_enc",
    what: "token and headers of MCP server",
    name: "server_name",
  },
  { table: "mcp_oauth", column: "secrets_enc", what: "authorization for MCP server", name: "server_url" },
  { table: "access_token", column: "token_enc", what: "access token", name: "id" },
];

/** Where sealed texts stand in an object, by name: `deployment.tool_variables`. */
export const SEALED_OBJECT = { table: "deployment", column: "tool_variables", what: "tool variables of deployment" };

const PAGE = 200;

type Row = { place: string; name: string; sealed: string };

/** Texts that the vault's first key has not sealed, a page at a time, in the order of where they are. */
async function* othersIn(db: Database, vault: Vault, { table, column, name }: Column): AsyncGenerator<Row[]> {
  // A row's place is where it lies: what is written anew lies somewhere else, and is of the first key then.
  for (let after = ""; ; ) {
    const rows = await db.query<Row>(
      `SELECT ctid::text AS place, ${name} AS name, ${column} AS sealed FROM ${table}
       WHERE ${column} IS NOT NULL AND ${column} NOT LIKE $1 || '%' AND ctid > $2::tid ORDER BY ctid LIMIT ${PAGE}`,
      [vault.mark(), after || "(0,0)"],
    );
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.place;
  }
}

type Sealed = { id: string; texts: Record<string, string> };

async function objectsOf(db: Database): Promise<Sealed[]> {
  const { table, column } = SEALED_OBJECT;
  const rows = await db.query<{ id: string; texts: Record<string, string> | null }>(
    `SELECT id, ${column} AS texts FROM ${table} WHERE ${column} <> '{}'::jsonb`,
  );
  return rows.map(({ id, texts }) => ({ id, texts: texts ?? {} }));
}

/** What none of the keys opens, in words, one each. */
export async function unreadableSecrets(db: Database, vault: Vault): Promise<string[]> {
  const found: string[] = [];
  for (const column of SEALED_COLUMNS) {
    for await (const rows of othersIn(db, vault, column)) {
      for (const row of rows) {
        if (readable(vault, row.sealed) === null) found.push(`${column.what} ${row.name}`);
      }
    }
  }
  for (const { id, texts } of await objectsOf(db)) {
    if (Object.values(texts).some((text) => readable(vault, text) === null)) found.push(`${SEALED_OBJECT.what} ${id}`);
  }
  return found;
}

export type Resealed = { resealed: number; left: string[] };

/**
 * Seals everything anew with the vault's first key. Each text is replaced where it is still what was read, so that it may
 * be broken off, done twice, and done beside a server at work. What no key opens is left as it is.
 */
export async function reseal(db: Database, vault: Vault): Promise<Resealed> {
  let resealed = 0;
  for (const column of SEALED_COLUMNS) {
    for await (const rows of othersIn(db, vault, column)) {
      for (const row of rows) {
        const text = readable(vault, row.sealed);
        if (text === null) continue;
        const changed = await db.query(
          `UPDATE ${column.table} SET ${column.column} = $2 WHERE ctid = $1::tid AND ${column.column} = $3 RETURNING 1`,
          [row.place, vault.encrypt(text), row.sealed],
        );
        resealed += changed.length;
      }
    }
  }
  for (const { id, texts } of await objectsOf(db)) {
    const others = Object.entries(texts).filter(([, text]) => !text.startsWith(vault.mark()));
    const opened = others.flatMap(([key, text]) => {
      const plain = readable(vault, text);
      return plain === null ? [] : [[key, vault.encrypt(plain)] as const];
    });
    if (opened.length === 0) continue;
    const { table, column } = SEALED_OBJECT;
    const changed = await db.query(
      `UPDATE ${table} SET ${column} = $2::jsonb WHERE id = $1 AND ${column} = $3::jsonb RETURNING 1`,
      [id, JSON.stringify({ ...texts, ...Object.fromEntries(opened) }), JSON.stringify(texts)],
    );
    resealed += changed.length * opened.length;
  }
  return { resealed, left: await unreadableSecrets(db, vault) };
}

/** How many texts there are that another key than the first one has sealed, and that can be read. */
export async function countOthers(db: Database, vault: Vault): Promise<number> {
  let count = 0;
  for (const column of SEALED_COLUMNS) {
    for await (const rows of othersIn(db, vault, column)) {
      count += rows.filter((row) => readable(vault, row.sealed) !== null).length;
    }
  }
  for (const { texts } of await objectsOf(db)) {
    const others = Object.values(texts).filter((text) => !text.startsWith(vault.mark()));
    count += others.filter((text) => readable(vault, text) !== null).length;
  }
  return count;
}
