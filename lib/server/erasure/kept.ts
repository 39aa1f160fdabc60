import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { storableJson } from "../db/json";
import { othersTurn } from "../db/others-turn";
import type { Eraser } from "./eraser";

type Kept = { table: string; columns: Record<string, "json" | "text">; of: string };

const OF_SUITES = "suite_run_id IN (SELECT id FROM suite_run WHERE organization_id = $1)";

/** What an organization keeps beside its agents, and that may hold copies of what they said: templates, and tests of agents. */
const KEPT: readonly Kept[] = [
  { table: "template", columns: { content: "json" }, of: "organization_id = $1" },
  {
    table: "template_version",
    columns: { content: "json" },
    of: "template_id IN (SELECT id FROM template WHERE organization_id = $1)",
  },
  {
    table: "suite_version",
    columns: { source: "text", content: "json" },
    of: "suite_id IN (SELECT id FROM suite WHERE organization_id = $1)",
  },
  { table: "suite_run", columns: { content: "json" }, of: "organization_id = $1" },
  { table: "suite_item", columns: { result: "json", error: "text" }, of: OF_SUITES },
];

/** Takes copies out of what is kept, a row at a time with others' turns of the event loop between. */
export async function eraseFromKept(ctx: Ctx, sql: Sql, eraser: Eraser): Promise<void> {
  if (eraser.isIdle) return;
  for (const { table, columns, of } of KEPT) {
    const names = Object.keys(columns);
    const ids = await sql.query<{ id: string }>(`SELECT id FROM ${table} WHERE ${of}`, [ctx.actor.organizationId]);
    for (const { id } of ids) {
      const [row] = await sql.query(`SELECT ${names.join(", ")} FROM ${table} WHERE id = $1`, [id]);
      for (const name of names) {
        const erased = eraser.json(row![name]);
        if (erased === row![name]) continue;
        const cast = columns[name] === "json" ? "::jsonb" : "";
        const value = columns[name] === "json" ? storableJson(erased) : erased;
        await sql.query(`UPDATE ${table} SET ${name} = $2${cast} WHERE id = $1`, [id, value]);
      }
      await othersTurn();
    }
  }
}
