import type { Core } from "../core/core";
import type { Sql } from "./database";

const SERIALIZATION_FAILURE = "40001";
const DEADLOCK = "40P01";
const ATTEMPTS = 5;

/**
 * All statements of `work`, or none. When Postgres picks it as the victim of two that wait for each other, `work` runs
 * again, so it must do nothing but through `sql`.
 */
export function transact<T>(core: Core, work: (sql: Sql) => Promise<T>): Promise<T> {
  return retried(() => core.db.transaction(work));
}

/** As `transact`, for one statement, which is a transaction by itself. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (attempt === ATTEMPTS || (code !== SERIALIZATION_FAILURE && code !== DEADLOCK)) throw error;
    }
  }
}
