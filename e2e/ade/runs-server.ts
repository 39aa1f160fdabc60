import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { yearOfRuns } from "../../lib/server/usage/testing/year-of-runs";
import type { TestServer } from "../support/server";

const ORGANIZATION = "org-00000000-0000-4000-8000-000000000000";

/** Stops an embedded server, gives these agents runs of so many days until now, and starts it again. */
export async function giveRuns(
  server: TestServer,
  agents: readonly string[],
  given: { runs: number; days: number },
): Promise<void> {
  await server.kill();
  const lite = await PGlite.create({ dataDir: path.join(server.dataDir, "db"), extensions: { vector } });
  await yearOfRuns((sql, params) => lite.query(sql, params), { organizationId: ORGANIZATION, agents, ...given });
  await lite.close();
  await server.restart();
}
