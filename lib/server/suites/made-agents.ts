import { deleteAgent } from "../agents/delete-agent";
import type { Ctx } from "../core/core";
import { ApiError, conflict } from "../core/errors";

/** @throws ApiError 409 for a run of tests that is at work. */
export function requireOver({ id, status }: { id: string; status: string }): void {
  if (status === "running") throw conflict(`CONFLICT: run ${id} is not over: cancel it first`);
}

/** Deletes the agents that a run of tests made, with all that was recorded of them. */
export async function deleteMade(ctx: Ctx, suiteRunId: string): Promise<void> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT id FROM agent WHERE suite_run_id = $1 AND organization_id = $2 ORDER BY id",
    [suiteRunId, ctx.actor.organizationId],
  );
  for (const { id } of rows) {
    await deleteAgent(ctx, id).catch((error: unknown) => {
      // One that tends another's memory went with it.
      if (!(error instanceof ApiError) || error.code !== "not-found") throw error;
    });
  }
}
