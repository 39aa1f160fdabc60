import type { WireAuditEntry } from "@/lib/api/audit";

const COLUMNS: readonly [name: string, value: (entry: WireAuditEntry) => string | null][] = [
  ["time", (entry) => entry.created_at],
  ["operation", (entry) => entry.operation],
  ["outcome", (entry) => entry.outcome],
  ["problem", (entry) => entry.problem],
  ["actor_kind", (entry) => entry.actor.kind],
  ["actor_id", (entry) => entry.actor.id],
  ["actor_name", (entry) => entry.actor.name],
  ["actor_role", (entry) => entry.actor.role],
  ["credential_id", (entry) => entry.actor.credential_id],
  ["on_behalf_of", (entry) => entry.actor.on_behalf_of],
  ["target_id", (entry) => entry.target.id],
  ["target_name", (entry) => entry.target.name],
  ["address", (entry) => entry.address],
  ["user_agent", (entry) => entry.user_agent],
  ["request_id", (entry) => entry.request_id],
  ["difference", (entry) => (entry.difference.length > 0 ? JSON.stringify(entry.difference) : null)],
  ["id", (entry) => entry.id],
];

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A cell of RFC 4180. One that a spreadsheet would run is given an apostrophe, by which it is a text. */
export function csvCell(value: string | null): string {
  if (value === null) return "";
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const row = (cells: string[]) => `${cells.join(",")}\r\n`;

export const csvHead = () => row(COLUMNS.map(([name]) => name));
export const csvRow = (entry: WireAuditEntry) => row(COLUMNS.map(([, value]) => csvCell(value(entry))));
