import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { API_VERSION } from "../core/version";
import { findProblem } from "./readiness";

/** That the server is up, which database it is on, and how it can search. */
export function checkHealth(ctx: Ctx) {
  const { kind, vector } = ctx.db;
  const embedding = ctx.config.defaultEmbedding;
  return {
    version: API_VERSION,
    status: "ok",
    database: kind,
    search: vector && embedding ? ("hybrid" as const) : ("text" as const),
    search_note: searchNote(vector, embedding),
    mcp_stdio: ctx.config.mcp.stdio !== null,
  };
}

function searchNote(vector: boolean, embedding: string | null): string {
  if (!vector) return "by words alone: this Postgres has no pgvector";
  if (!embedding) return "by words alone: set MEMOIR_DEFAULT_EMBEDDING to a model's handle to search by meaning too";
  return `by words and by meaning, with ${embedding}`;
}

/** @throws ApiError `unavailable` with what keeps the server from its work: no database, or no room to write. */
export async function checkReady(ctx: Ctx) {
  const problem = await findProblem(ctx);
  if (problem !== null) throw new ApiError("unavailable", problem);
  return checkHealth(ctx);
}
