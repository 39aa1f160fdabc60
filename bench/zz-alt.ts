import { openDatabase } from "../lib/server/db/database";
const db = await openDatabase({ url: process.env.PGURL ?? null, dataDir: "memory://", fsync: false });
await db.query("create table lex as select 'w' || floor(20*exp(random()*ln(1500)))::int as term, (g/24)::bigint as doc, 1::smallint as frequency from generate_series(1,480000) g");
await db.query("create table lex2 as select distinct on (term, doc) * from lex order by doc, term");
const variants: Record<string,string> = {
 current: "create table p (scope_id text not null, term text not null, doc bigint not null, frequency smallint not null, primary key (scope_id, term, doc)); create index on p (doc)",
 nodoc: "create table p (scope_id text not null, term text not null, doc bigint not null, frequency smallint not null, primary key (scope_id, term, doc))",
 intnodoc: "create table p (scope_id int not null, term text not null, doc bigint not null, frequency smallint not null, primary key (scope_id, term, doc))",
 intnodocC: "create table p (scope_id int not null, term text collate \"C\" not null, doc bigint not null, frequency smallint not null, primary key (scope_id, term, doc))",
};
for (const [n, ddl] of Object.entries(variants)) {
  for (const d of ddl.split(";")) await db.query(d);
  const scope = n.startsWith("int") ? "1" : "'agent-00000000-0000-4000-8000-000000000000'";
  const t = performance.now();
  for (let i = 0; i < 20000; i += 1000) await db.query(`insert into p (scope_id, term, doc, frequency) select ${scope}, term, doc, frequency from lex2 where doc >= ${i} and doc < ${i + 1000} order by term, doc`);
  const [r] = await db.query<{c:number,b:number}>("select count(*) c, pg_total_relation_size('p') b from p");
  console.log(db.kind, n, (performance.now() - t).toFixed(0), "ms", r!.c, "rows", (r!.b / r!.c).toFixed(0), "B/row");
  await db.query("drop table p");
}
await db.query("drop table lex, lex2"); await db.close();
