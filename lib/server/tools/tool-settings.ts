import { toolMetadataSchema } from "@/lib/api/tools";
import type { Ctx } from "../core/core";
import { invalid } from "../core/errors";
import { SANDBOX_LIMITS } from "../sandbox/sandbox";

/** What an owner says in a tool's `metadata_` of how it runs. */
export type ToolSettings = { timeoutMs: number; memoryBytes: number; allowedHosts: string[] };

/** How much of a return a tool's model sees where nothing else is asked for (contract §2.4). */
export const DEFAULT_RETURN_CHARS = 50_000;

const MEGABYTE = 1024 * 1024;

/**
 * Defaults stand for what is missing, and for what an older version let pass; no default is above a ceiling. What is asked
 * for may be: see `aboveCeiling`.
 */
export function toolSettings(metadata: unknown, ceilings: Ceilings): ToolSettings {
  const { data } = toolMetadataSchema.safeParse(metadata ?? {});
  const { timeoutMs, memoryBytes } = SANDBOX_LIMITS;
  return {
    timeoutMs: data?.timeout_seconds ? data.timeout_seconds * 1000 : Math.min(timeoutMs, ceilings.timeoutMs),
    memoryBytes: data?.memory_mb ? data.memory_mb * MEGABYTE : Math.min(memoryBytes, ceilings.memoryBytes),
    allowedHosts: data?.allowed_hosts ?? [],
  };
}

/** The most that an operator lets any tool have. */
export type Ceilings = { timeoutMs: number; memoryBytes: number };

/** What a tool asks for that is above a ceiling of this server, in a sentence; null where nothing is. */
export function aboveCeiling({ timeoutMs, memoryBytes }: ToolSettings, ceilings: Ceilings): string | null {
  if (timeoutMs > ceilings.timeoutMs) {
    return `timeout_seconds is ${timeoutMs / 1000}, and this server lets a tool run for ${ceilings.timeoutMs / 1000} seconds (MEMOIR_TOOL_MAX_SECONDS)`;
  }
  if (memoryBytes > ceilings.memoryBytes) {
    return `memory_mb is ${memoryBytes / MEGABYTE}, and this server lets a tool have ${ceilings.memoryBytes / MEGABYTE} MB (MEMOIR_TOOL_MAX_MEMORY_MB)`;
  }
  return null;
}

/** @throws ApiError `invalid` for a tool that asks for more than this server gives. */
export function requireWithinCeilings(ctx: Ctx, metadata: unknown): void {
  const { ceilings } = ctx.config.sandbox;
  const trouble = aboveCeiling(toolSettings(metadata, ceilings), ceilings);
  if (trouble) throw invalid(`INVALID_ARGUMENT: metadata_.${trouble}`);
}
