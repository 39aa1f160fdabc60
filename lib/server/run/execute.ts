import type { Cause } from "@/lib/engine/cause";
import { type CallWatch, type Ports, type RunEnd, RunLostError } from "@/lib/engine/ports";
import { runAgent } from "@/lib/engine/run";
import type { Run } from "@/lib/engine/state";
import type { Incoming } from "@/lib/stream/incoming";
import type { Item } from "@/lib/stream/item";
import type { Compiled } from "../conversations/compile";
import type { Ctx } from "../core/core";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { measureRun, tellBrokenRun } from "../metrics/measure-run";
import { countTokens } from "../models/tokens";
import type { ObservedRun } from "../telemetry/telemetry";
import { openJournal } from "./journal";
import { createLedgerStore } from "./ledger-store";
import type { LiveRun } from "./live";
import type { Loaded } from "./load";
import { endUnfinished } from "./recover";
import { idsOfRun } from "./run-ids";

export type Execution = {
  live: LiveRun;
  loaded: Loaded;
  incoming: Incoming;
  prompt: Compiled;
  run: Run;
  /** The group that the run is for. */
  groupId: string | null;
  causeKind: Cause["kind"];
};

/** What follows a run that was saved to its end: it answers the ids of the runs that began. */
export type AfterRun = (end: RunEnd) => Promise<string[]>;

/** Drives the engine to the end of the run. Never throws: what goes wrong here is an item and a log line. */
export async function execute(ctx: Ctx, execution: Execution, after: AfterRun): Promise<void> {
  const { live, run } = execution;
  const ports = portsOf(ctx, execution);
  publish(ctx, live, "running");
  const journal = openJournal(ctx, live);
  try {
    const end = await yieldItems(live, runAgent(run, ports), run.compactionItems);
    const runIds = await after(end).catch((error: unknown) => {
      log.error({ err: error, run_id: live.id }, "what follows a run failed");
      return [];
    });
    const usage = runIds.length > 0 ? { ...end.usage, runIds } : end.usage;
    for (const item of endItems({ ...end, usage }, live)) live.push(item);
  } catch (error) {
    await failRun(ctx, live, error);
  } finally {
    await journal.close();
    live.end();
    publish(ctx, live, "ended");
  }
}

/** The engine's ports for a run that is ours. */
export function portsOf(ctx: Ctx, execution: Execution): Ports {
  const { live, loaded, incoming, prompt } = execution;
  const store = createLedgerStore(ctx, {
    id: live.id,
    agentId: loaded.agentId,
    conversationId: loaded.conversationId,
    agentVersionId: loaded.agentVersionId,
    groupId: execution.groupId,
    causeKind: execution.causeKind,
    prompt,
    blocks: loaded.blocks,
    context: loaded.context,
    nextSeq: loaded.nextSeq + incoming.messages.length,
    requestSeqs: incoming.messages.map((_, index) => loaded.nextSeq + index).slice(incoming.notices ?? 0),
    seqOf: withIncoming(loaded, incoming),
    startedAtMs: ctx.monotonic(),
    clearsBuffer: loaded.type.clearsBuffer || loaded.config.messageBufferAutoclear,
    leaseOwner: ctx.config.instanceId,
    leaseMs: ctx.config.lease.durationMs,
    takeJournal: live.takeJournal,
    keptJournal: live.keptJournal,
    returnJournal: live.returnJournal,
    onCancelRequested: live.abort,
  });
  return {
    store: measureRun(ctx.telemetry?.observe(store, observedRun(ctx, execution)) ?? store),
    clock: { now: () => ctx.now().toISOString(), monotonic: () => ctx.monotonic() },
    newId: idsOfRun(live.id),
    countTokens,
    calls: announcedCalls(ctx, live),
  };
}

/** The calls of a run, each of which says when it begins and when it is answered. */
function announcedCalls(ctx: Ctx, live: LiveRun): CallWatch {
  return {
    begin(call) {
      const watched = live.calls.begin(call);
      const say = (status: string, at: string) =>
        ctx.events.publish({
          ...eventOf(ctx, live),
          at,
          type: "tool-call",
          id: call.callId,
          status,
          detail: { step_id: call.stepId, tool_name: call.name, started_at: call.startedAt },
        });
      say("running", call.startedAt);
      return {
        ...watched,
        end(status) {
          const endedAt = ctx.now().toISOString();
          watched.end(status, endedAt);
          say(watched.isCancelled() ? "cancelled" : status, endedAt);
        },
      };
    },
  };
}

function observedRun(ctx: Ctx, { live, loaded, run }: Execution): ObservedRun {
  const { agentId, agentName, conversationId } = loaded;
  const { provider, name: model } = run.model;
  const { address = null } = run.model;
  const what = { id: live.id, agentId, agentName, conversationId, provider, model, address };
  return { ...what, startedAtMs: ctx.now().getTime(), cause: ctx.cause ?? null };
}

function withIncoming(loaded: Loaded, incoming: Incoming): Map<string, number> {
  const seqOf = new Map(loaded.seqOf);
  for (const [index, message] of incoming.messages.entries()) seqOf.set(message.id, loaded.nextSeq + index);
  return seqOf;
}

async function yieldItems(
  live: LiveRun,
  source: AsyncGenerator<Item, RunEnd>,
  compactionItems: boolean,
): Promise<RunEnd> {
  for (;;) {
    const next = await source.next();
    if (next.done) return next.value;
    if (next.value.type === "event" && !compactionItems) continue;
    live.push(next.value);
  }
}

/** The last items of a stream: stop reason, and usage, or what went wrong. */
export function endItems(end: RunEnd, live: Pick<LiveRun, "id">): Item[] {
  const stop: Item = { type: "stop", stopReason: end.stopReason };
  if (end.error) return [stop, { type: "error", runId: live.id, ...end.error, seqId: null }];
  return [stop, { type: "usage", ...end.usage }];
}

/** The error of a run whose agent is there no more. */
export const DELETED = "deleted";

const UNKNOWN = "An unknown error occurred";
const GONE = "The database could not be used while this run was at work, so that not all of it may have been kept.";
const LOST = "The run was taken over or ended elsewhere.";

/** What can't be saved now is left to whoever takes the run over when its lease is out. */
async function failRun(ctx: Ctx, live: LiveRun, error: unknown): Promise<void> {
  const fault = databaseFault(error);
  const deleted = fault ? null : await whatIsDeleted(ctx, live);
  const lost = deleted !== null || error instanceof RunLostError;
  const message = deleted ?? (lost ? LOST : fault ? GONE : UNKNOWN);
  const failure = { errorType: deleted ? DELETED : "internal_error", message, detail: null };
  ctx.telemetry?.abandon(live.id, failure.errorType, message);
  tellBrokenRun();
  if (!lost) {
    log.error({ err: error, run_id: live.id }, "a run failed");
    await endUnfinished(ctx, live, failure).catch((again) =>
      log.error({ err: again, run_id: live.id }, "a run could not be ended"),
    );
  }
  live.push({ type: "stop", stopReason: "error" });
  live.push({ type: "error", runId: live.id, ...failure, seqId: null });
}

/** A sentence for a run whose agent or own record somebody has deleted; null where both are there. */
async function whatIsDeleted(ctx: Ctx, live: LiveRun): Promise<string | null> {
  const [found] = await ctx.db
    .query<{ agent: boolean; run: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM agent WHERE id = $1) AS agent,
         EXISTS (SELECT 1 FROM run WHERE id = $2) AS run`,
      [live.agentId, live.id],
    )
    .catch(() => []);
  if (!found) return null;
  if (!found.agent) return "The agent was deleted while it was at work.";
  return found.run ? null : "The run was deleted while its agent was at work.";
}

function publish(ctx: Ctx, live: LiveRun, status: string): void {
  ctx.events.publish({ ...eventOf(ctx, live), type: "run", id: live.id, status });
}

function eventOf(ctx: Ctx, live: LiveRun) {
  return {
    organizationId: ctx.actor.organizationId,
    agentId: live.agentId,
    conversationId: live.conversationId,
    runId: live.id,
    at: ctx.now().toISOString(),
  };
}
