import { randomUUID } from "node:crypto";
import pg from "pg";

/** A database of one's own on a Postgres server, until it is dropped. */
export async function makeScratch(url: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `memoir_bench_${randomUUID().replaceAll("-", "")}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  const made = new URL(url);
  made.pathname = `/${name}`;
  return { url: made.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}
