import type { Ctx } from "./core";
import { ApiError } from "./errors";

/** The release of Letta whose API this server speaks: clients read it to know what they can ask for. */
const API_VERSION = "0.16.7";

const WELL = { version: API_VERSION, status: "ok" };

export function checkHealth() {
  return WELL;
}

/** @throws ApiError `unavailable` if the database can't be reached. */
export async function checkReady(ctx: Ctx) {
  try {
    await ctx.db.query("SELECT 1");
  } catch {
    throw new ApiError("unavailable", "The database can't be reached");
  }
  return WELL;
}
