import type { AUDIT_ENDPOINTS, AuditFilter } from "@/lib/api/audit";
import { csvHead, csvRow } from "../audit/csv";
import { allEntries, listEntries } from "../audit/list-entries";
import { auditSettings, setAuditSettings } from "../audit/retention";
import type { Ctx } from "../core/core";
import type { Handlers } from "./bind";

export const AUDIT_HANDLERS: Handlers<typeof AUDIT_ENDPOINTS> = {
  "audit.list": ({ ctx, query }) => listEntries(ctx, query),
  "audit.export": ({ ctx, query: { format, ...filter } }) => exported(ctx, format, filter),
  "audit.settings.retrieve": ({ ctx }) => auditSettings(ctx),
  "audit.settings.update": ({ ctx, body }) => setAuditSettings(ctx, body),
};

/** Written as it is read, so that a year of it is never held. */
function exported(ctx: Ctx, format: "csv" | "json", filter: AuditFilter): Response {
  const encoder = new TextEncoder();
  const source = format === "csv" ? csvOf(ctx, filter) : jsonOf(ctx, filter);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await source.return(undefined)),
  });
  const day = ctx.now().toISOString().slice(0, 10);
  return new Response(body, {
    headers: {
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/json",
      "content-disposition": `attachment; filename="audit-${day}.${format}"`,
      "cache-control": "no-store",
    },
  });
}

async function* csvOf(ctx: Ctx, filter: AuditFilter): AsyncGenerator<string, void, undefined> {
  yield csvHead();
  for await (const entries of allEntries(ctx, filter)) yield entries.map(csvRow).join("");
}

async function* jsonOf(ctx: Ctx, filter: AuditFilter): AsyncGenerator<string, void, undefined> {
  let before = "[\n";
  for await (const entries of allEntries(ctx, filter)) {
    yield before + entries.map((entry) => JSON.stringify(entry)).join(",\n");
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}
