import type { Core } from "../core";

/** Gives an empty server an agent with a past, so that there is something to look at. */
export async function seedIfEmpty(core: Core): Promise<void> {
  const agents = await core.db.prisma.agent.count();
  if (agents > 0) return;
}
