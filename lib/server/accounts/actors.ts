import type { Actor, Core } from "../core/core";
import type { Database } from "../db/database";

/** Another process's change of a user is seen after this long. */
const FRESH_MS = 5000;
const CACHE_SIZE = 1000;

const known = new WeakMap<Database, Map<string, { at: number; actor: Actor | null }>>();

/** Who acts when a request names this user; null for nobody. Every request asks, so that answers are kept for a moment. */
export async function actorOfUser(core: Core, userId: string): Promise<Actor | null> {
  const cache = known.get(core.db) ?? new Map<string, { at: number; actor: Actor | null }>();
  known.set(core.db, cache);
  const recent = cache.get(userId);
  if (recent && Date.now() - recent.at < FRESH_MS) return recent.actor;
  const row = await core.db.prisma.user.findUnique({ where: { id: userId } });
  const actor = row && { organizationId: row.organizationId, userId: row.id };
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(userId, { at: Date.now(), actor });
  return actor;
}

/** Users have changed: each is looked up again. */
export function forgetActors(core: Core): void {
  known.delete(core.db);
}
