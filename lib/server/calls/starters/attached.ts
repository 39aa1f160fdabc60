import { ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import type { Structure } from "../../folders/structure";

/** A file of the agent's folders, without its text. */
export type Attached = {
  id: string;
  name: string;
  type: string | null;
  status: string;
  hasText: boolean;
  structure: Structure | null;
};

export function attachedTo(ctx: Ctx, agentId: string): Promise<Attached[]> {
  return ctx.db.query<Attached>(
    `SELECT f.id, f.file_name AS name, f.file_type AS type, f.status, f.content IS NOT NULL AS "hasText", f.structure
     FROM agent_file a JOIN file f ON f.id = a.file_id JOIN agent g ON g.id = a.agent_id
     WHERE a.agent_id = $1 AND g.organization_id = $2 ORDER BY f.file_name, f.id`,
    [agentId, ctx.actor.organizationId],
  );
}

/** By its whole name, or by its own if only one file has that; undefined where none has. */
export function findAttached(files: readonly Attached[], name: string): Attached | undefined {
  const alike = files.filter((file) => file.name.endsWith(`/${name}`));
  return files.find((file) => file.name === name) ?? (alike.length === 1 ? alike[0] : undefined);
}

/** @throws ToolFailure for a file that is not read, or gone. */
export async function textOfAttached(ctx: Ctx, file: Attached): Promise<string> {
  const [row] = await ctx.db.query<{ content: string | null }>("SELECT content FROM file WHERE id = $1", [file.id]);
  if (row?.content == null) throw new ToolFailure(`'${file.name}' has no text: its status is ${file.status}.`);
  return row.content;
}
