#!/usr/bin/env node
// A stand-in for Prisma's native schema engine: speaks the same JSON-RPC over stdio,
// does the work with the WASM schema engine + @prisma/adapter-pg.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const pkgDir = path.dirname(require.resolve("@prisma/schema-engine-wasm"));
const bg = await import(path.join(pkgDir, "schema_engine_bg.js"));
const { PrismaPg } = await import("@prisma/adapter-pg");
const { bindMigrationAwareSqlAdapterFactory } = await import("@prisma/driver-adapter-utils");

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(m) {
    process.stderr.write(
      `${JSON.stringify({ level: "ERROR", target: "schema_engine::logger", fields: { message: m } })}\n`,
    );
  },
};
const wasm = await WebAssembly.compile(await readFile(path.join(pkgDir, "schema_engine_bg.wasm")));
const inst = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": bg });
bg.__wbg_set_wasm(inst.exports);
inst.exports.__wbindgen_start?.();

const args = process.argv.slice(2);
let datasource = {};
const datamodels = [];
let sub = null;
for (let i = 0; i < args.length; i++) {
  if (args[i] === "--datasource") datasource = JSON.parse(args[++i]);
  else if (args[i] === "--datamodels") datamodels.push(args[++i]);
  else if (args[i] === "--extension-types" || args[i] === "--enabled-preview-features") i++;
  else if (args[i] === "cli") {
    sub = args[++i];
  }
}
if (args.includes("--version")) {
  console.log(bg.version());
  process.exit(0);
}
const pg = (await import("pg")).default;
const { ColumnTypeEnum: T } = await import("@prisma/driver-adapter-utils");

// @prisma/adapter-pg refuses some catalogue types the schema engine reads ("char" = oid 18, ...), so give it those.
const EXTRA = {
  18: T.Character,
  22: T.Int32Array,
  24: T.Text,
  26: T.Int64,
  30: T.Int64Array,
  194: T.Text,
  2205: T.Text,
  2206: T.Text,
  2278: T.Text,
};
function widen(adapter) {
  const orig = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (q) => {
    try {
      return await orig(q);
    } catch (e) {
      const kind = e?.cause?.kind ?? e?.kind;
      if (kind !== "UnsupportedNativeDataType") throw e;
      const r = await adapter.client.query({
        text: q.sql,
        values: q.args,
        rowMode: "array",
        types: { getTypeParser: () => (v) => v },
      });
      const conv = { 16: (v) => v === "t", 21: Number, 23: Number };
      const map = {
        16: T.Boolean,
        19: T.Text,
        20: T.Int64,
        21: T.Int32,
        23: T.Int32,
        25: T.Text,
        1043: T.Text,
        1009: T.TextArray,
        1003: T.TextArray,
        1005: T.Int32Array,
        1007: T.Int32Array,
        ...EXTRA,
      };
      return {
        columnNames: r.fields.map((f) => f.name),
        columnTypes: r.fields.map((f) => map[f.dataTypeID] ?? T.Text),
        rows: r.rows.map((row) =>
          row.map((v, i) => {
            if (v === null) return null;
            const id = r.fields[i].dataTypeID;
            if ([1009, 1003].includes(id)) return pg.types.getTypeParser(1009)(v);
            if ([1005, 1007].includes(id)) return pg.types.getTypeParser(1007)(v);
            return conv[id] ? conv[id](v) : v;
          }),
        ),
      };
    }
  };
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (e) {
      adapter.onError?.(e) ??
        (() => {
          throw e;
        })();
    }
  }; // whole script, one implicit transaction; the stock one splits on ";"
  const tx = adapter.startTransaction?.bind(adapter);
  if (tx) adapter.startTransaction = async (...a) => widen(await tx(...a));
  return adapter;
}

function schemaOf(url) {
  try {
    return new URL(url).searchParams.get("schema") ?? undefined;
  } catch {
    return undefined;
  }
}
function logErr(code, message) {
  process.stderr.write(
    "\n" +
      JSON.stringify({ level: "ERROR", target: "schema_engine::logger", fields: { error_code: code, message } }) +
      "\n",
  );
}
const dbName = (url) => decodeURIComponent(new URL(url).pathname.slice(1)) || "postgres";

if (sub === "can-connect-to-database" || sub === "create-database") {
  const url = datasource.url;
  try {
    if (sub === "can-connect-to-database") {
      const c = new pg.Client({ connectionString: url });
      await c.connect();
      await c.end();
      process.exit(0);
    }
    const u = new URL(url);
    const name = dbName(url);
    u.pathname = "/postgres";
    const c = new pg.Client({ connectionString: String(u) });
    await c.connect();
    await c.query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
    await c.end();
    process.exit(0);
  } catch (e) {
    const code = e.code === "3D000" ? "P1003" : e.code === "28P01" ? "P1000" : e.code === "42P04" ? "P1009" : "P1001";
    logErr(code, code === "P1001" ? `Can't reach database server: ${e.message || e.code}` : e.message);
    process.exit(1);
  }
}

let enginePromise;
function engine() {
  enginePromise ??= (async () => {
    const url = datasource.url ?? "postgresql://localhost/none";
    const factory = new PrismaPg({ connectionString: url }, { schema: schemaOf(url) });
    const connect = factory.connect.bind(factory);
    factory.connect = async () => widen(await connect());
    // Shadow database: an in-memory PGlite with the extensions the schema uses, never a real server, which would be emptied.
    factory.connectToShadowDb = async () => {
      const { PGlite } = await import("@electric-sql/pglite");
      const { createPgConfig } = await import("@electric-sql/pglite/node-postgres");
      const { vector } = await import("@electric-sql/pglite-pgvector");
      const { pg_trgm } = await import("@electric-sql/pglite/contrib/pg_trgm");
      const db = await PGlite.create("memory://", { extensions: { vector, pg_trgm } });
      const cfg = createPgConfig(db),
        parse = cfg.connection.parse.bind(cfg.connection);
      cfg.connection.parse = (q) => parse({ ...q, types: Array.isArray(q.types) ? q.types : undefined }); // adapter-pg passes an object here
      const pool = new pg.Pool({ ...cfg, max: 1 });
      const a = widen(await new PrismaPg(pool).connect());
      const dispose = a.dispose?.bind(a);
      a.dispose = async () => {
        await dispose?.();
        await pool.end().catch(() => {});
        await db.close().catch(() => {});
      };
      return a;
    };
    const bound = bindMigrationAwareSqlAdapterFactory(factory);
    const dm = await Promise.all(datamodels.map(async (p) => [p, await readFile(p, "utf8")]));
    return bg.SchemaEngine.new(
      { datamodels: dm.length ? dm : undefined },
      (log) => {
        if (process.env.SHIM_DEBUG) process.stderr.write(`${String(log)}\n`);
      },
      bound,
    );
  })();
  return enginePromise;
}
function toRpcError(e) {
  let m = e?.message ?? String(e);
  let code = e?.code;
  try {
    const j = JSON.parse(m);
    code = j.error_code ?? code;
    m = j.message ?? m;
  } catch {}
  return {
    code: 4466,
    message: "An error happened. Check the data field for details.",
    data: { is_panic: false, message: m, error_code: code ?? null, meta: null },
  };
}
const rl = createInterface({ input: process.stdin, crlfDelay: Infinity });
let pending = Promise.resolve();
rl.on("line", (line) => {
  if (!line.trim()) return;
  pending = pending.then(async () => {
    const req = JSON.parse(line);
    if (process.env.SHIM_DEBUG) process.stderr.write(`REQ ${line.slice(0, 2000)}\n`);
    if (req.method === undefined) return; // reply to our "print"
    try {
      let result;
      if (req.method === "createDatabase") result = { databaseName: dbName(datasource.url) };
      else if (req.method === "getDatabaseVersion") result = await (await engine()).version(req.params ?? null);
      else {
        const e = await engine();
        if (typeof e[req.method] !== "function")
          throw new Error(`schema engine method not supported here: ${req.method}`);
        if (req.method === "evaluateDataLoss" || req.method === "createMigration") {
          // The WASM build replays migrations for these two only out of the cache that devDiagnostic fills (applyMigrations empties it).
          await e.devDiagnostic({ migrationsList: req.params.migrationsList, filters: req.params.filters });
        }
        result = await e[req.method](req.params);
        if (req.method === "diff" && result?.stdout != null) {
          process.stdout.write(
            `${JSON.stringify({
              jsonrpc: "2.0",
              method: "print",
              id: 100000 + req.id,
              params: { content: result.stdout },
            })}\n`,
          );
        }
      }
      process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: req.id, result: result ?? null })}\n`);
    } catch (e) {
      if (process.env.SHIM_DEBUG) process.stderr.write(`ERR ${e?.stack ?? e}\n`);
      process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: req.id, error: toRpcError(e) })}\n`);
    }
  });
});
rl.on("close", async () => {
  await pending;
  process.exit(0);
});
