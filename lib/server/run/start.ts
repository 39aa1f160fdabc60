import { randomUUID } from "node:crypto";
import type { Model } from "@/lib/engine/model";
import { compileSections } from "@/lib/engine/render";
import { reviewNotice } from "@/lib/engine/review-notice";
import type { Section } from "@/lib/engine/section";
import type { Run } from "@/lib/engine/state";
import type { Incoming } from "@/lib/stream/incoming";
import { announceEnd } from "../callbacks/send-callback";
import { resolveTools } from "../calls/resolve";
import type { Ctx } from "../core/core";
import { ApiError, conflict } from "../core/errors";
import { newId } from "../core/ids";
import { databaseFault } from "../db/faults";
import { storableJson } from "../db/json";
import { keyOf, withinLimits } from "../fair-use/limits";
import { inlineImages, keepImages } from "../images/images";
import { knownLimits } from "../models/catalog";
import { fromMessage } from "../records/message-rows";
import { START_RUN } from "../records/statements";
import { type Execution, execute } from "./execute";
import { createLiveRun, JOURNAL_RESERVE, type LiveRun } from "./live";
import { type Loaded, loadConversation, promptOf } from "./load";
import { multiAgentTools } from "./multi-agent-tools";
import { again } from "./persist";
import { toIncoming } from "./request";
import { contentHashOf, findRetried } from "./retried";
import type { RunRequest, Started } from "./run-request";
import { settingsInForce, waysOf } from "./settings";
import { wakeSleeptime } from "./sleeptime";
import { emptyVoiceBuffer } from "./voice-buffer";
import { windowOf } from "./window";

const ATTEMPTS = 5;
const UNIQUE_VIOLATION = "23505";

/**
 * Starts a run: when this returns, the run and the request's messages are durable and the run goes on by itself.
 * A request whose `otid` is known is a retry: it gets the run that it had started.
 *
 * @throws ApiError 404 for an unknown conversation or model, 409 while the conversation has another run or waits for
 * approval, 429 while the organization or its key has as many runs as it may, or has used up what it may, 400 for answers that don't fit; nothing is kept then.
 */
export async function startRun(ctx: Ctx, request: RunRequest): Promise<Started> {
  const opened = await openRun(ctx, request);
  if ("existingRunId" in opened) return opened;
  const after = { ...ctx, cause: { runId: opened.live.id } };
  const ended = execute(ctx, opened, async (end) => [
    ...(await wakeSleeptime(after, startRun, opened, end)),
    ...(await emptyVoiceBuffer(after, startRun, opened, end)),
  ]);
  if (request.callbackUrl) void ended.then(() => announceEnd(ctx, "run", opened.live.id));
  return { run: opened.live };
}

/** The first half of `startRun`: the run is durable and ours, and nothing has been done yet. */
export async function openRun(ctx: Ctx, request: RunRequest): Promise<Execution | { existingRunId: string }> {
  const place: Place = { leave: null };
  try {
    const opened = await openInPlace(ctx, request, place);
    if ("live" in opened) void opened.live.done.then(() => place.leave?.());
    else place.leave?.();
    return opened;
  } catch (error) {
    place.leave?.();
    throw error;
  }
}

/** A run's place among those of its organization, once it is taken. */
type Place = { leave: (() => void) | null };

function takePlace(ctx: Ctx, { isPart, callChain }: RunRequest): () => void {
  const leave = ctx.runs.enter(ctx.actor.organizationId, isPart === true || (callChain ?? []).length > 0);
  if (leave) return leave;
  const { runs } = ctx.config.shares;
  throw new ApiError(
    "too-many",
    `RATE_LIMITED: ${runs} runs of this organization are at work, as many as may be at once (MEMOIR_RUNS_PER_ORGANIZATION). Try again when one has ended.`,
  );
}

async function openInPlace(
  ctx: Ctx,
  request: RunRequest,
  place: Place,
): Promise<Execution | { existingRunId: string }> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await loadConversation(ctx, request.target);
    const retried = await findRetried(ctx, loaded, request.inputs);
    if (retried && !retried.goesOn) return { existingRunId: retried.runId };
    if (loaded.activeRunId) throw busy(loaded.activeRunId);
    place.leave ??= takePlace(ctx, request);

    // What the broken run was told is in the conversation already.
    const checked = retried ? NOTHING : toIncoming(request.inputs, loaded.transcript, ctx.now().toISOString());
    const kept = await keepImages(ctx, loaded.agentId, checked);
    const own = request.groupId ? ofGroup(kept, request.groupId) : kept;
    const incoming = retried || own.decisions || request.inputs.length === 0 ? own : withNotice(ctx, loaded, own);
    // What a request asks for is checked as what an agent is made with; an agent's own model may be out of its list by now.
    if (request.overrideModel) await ctx.models.info(ctx, request.overrideModel);
    const model = await ctx.models.model(ctx, request.overrideModel ?? loaded.model ?? loaded.config.model);
    const prompt = await promptOf(ctx, loaded);
    const { agentId, conversationId } = loaded;
    const live = createLiveRun({ id: newId("run"), agentId, conversationId, background: request.background });
    const run = await engineRun(ctx, { request, loaded, incoming, model, live, prompt });
    if (await takeConversation(ctx, { request, loaded, incoming, runId: live.id, continues: retried?.runId ?? null })) {
      ctx.runs.add(live);
      const { groupId = null, causeKind = "agent" } = request;
      return { live, loaded, incoming, prompt, run, groupId, causeKind };
    }
    if (attempt === ATTEMPTS) throw conflict("CONFLICT: the conversation is being changed by others; try again");
  }
}

const NOTHING: Incoming = { messages: [], decisions: null, otids: [] };

function ofGroup(incoming: Incoming, groupId: string): Incoming {
  return { ...incoming, messages: incoming.messages.map((message) => ({ ...message, groupId })) };
}

/** Before what a request says, what became of the agent's proposals since it was last told. */
function withNotice(ctx: Ctx, { decided, config }: Loaded, incoming: Incoming): Incoming {
  if (decided.length === 0) return incoming;
  const at = { id: newId("message"), now: ctx.now().toISOString(), timezone: config.timezone };
  return { ...incoming, messages: [reviewNotice(decided, at), ...incoming.messages], notices: 1 };
}

/** @param agentId which agent it is that is at work, where the request did not name it. */
export function busy(runId: string, agentId?: string) {
  return conflict(
    `CONFLICT: Cannot send a new message: Another request is currently being processed for ${agentId ? `the agent ${agentId}` : "this conversation"}. Please wait for the current request to complete.`,
    { run_id: runId },
  );
}

type Taking = { request: RunRequest; loaded: Loaded; incoming: Incoming; runId: string; continues: string | null };

/** The first commit. False if the conversation has moved on since it was read. */
async function takeConversation(ctx: Ctx, { request, loaded, incoming, runId, continues }: Taking): Promise<boolean> {
  const messages = incoming.messages.map((message, index) => fromMessage(message, loaded.nextSeq + index));
  const payload = storableJson({
    now: ctx.now().toISOString(),
    leaseUntil: new Date(Date.now() + ctx.config.lease.durationMs).toISOString(),
    background: request.background,
    request: request.requestConfig,
    requestHash: contentHashOf(request.inputs),
    metadata: { run_type: request.runType, ...request.metadata, ...(continues && { continues_run_id: continues }) },
    journalReserved: request.background ? JOURNAL_RESERVE : 0,
    callbackUrl: request.callbackUrl,
    userId: ctx.actor.userId,
    keyId: keyOf(ctx.actor),
    context: loaded.context,
    messages,
    told: incoming.notices ? loaded.decided.map(({ id }) => id) : [],
  });
  const params = [payload, runId, ctx.config.instanceId, loaded.conversationId, loaded.nextSeq];
  try {
    const isPart = request.isPart === true || (request.callChain ?? []).length > 0;
    return await withinLimits(ctx, { isPart }, async (sql) => (await sql.query(START_RUN, params)).length > 0);
  } catch (error) {
    // Somebody else's run, or the same message sent twice at once: reading again tells which.
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return false;
    // A lost connection does not tell: who is answered that nothing was kept sends the message a second time.
    if (databaseFault(error)?.sent && (await again(() => isRun(ctx, runId)))) return true;
    throw error;
  }
}

async function isRun(ctx: Ctx, runId: string): Promise<boolean> {
  return (await ctx.db.query("SELECT 1 FROM run WHERE id = $1", [runId])).length > 0;
}

type Making = {
  request: RunRequest;
  loaded: Loaded;
  incoming: Incoming;
  model: Model;
  live: LiveRun;
  prompt: Awaited<ReturnType<typeof promptOf>>;
};

async function engineRun(ctx: Ctx, making: Making): Promise<Run> {
  const { request, loaded, incoming, model, live, prompt } = making;
  const { config } = loaded;
  const settings = settingsInForce(config, model, { own: loaded.modelSettings, request: request.settings });
  const stamped = incoming.messages.map((message) => ({ ...message, runId: live.id }));
  const others = multiAgentTools(ctx, startRun, request.callChain ?? []);
  const own = resolveTools(ctx, loaded.tools, request.clientTools, others);
  const tools = [...(request.replaceTools?.(own) ?? own), ...(request.extraTools ?? [])];
  return {
    id: live.id,
    agentId: loaded.agentId,
    conversationId: loaded.conversationId,
    type: loaded.type,
    model: request.tape ? request.tape.model(model) : model,
    summarizer: await summarizerOf(ctx, loaded, model),
    settings,
    contextWindow: windowOf(loaded, model).tokens,
    ...waysOf(config, model, settings),
    prompt,
    instructions: instructionsOf(request.overrideSystem),
    extraSections: skillSections(request.clientSkills),
    tools: request.tape ? tools.map(request.tape.tool) : tools,
    rules: config.toolRules,
    blocks: loaded.blocks,
    transcript: [...loaded.transcript, ...stamped],
    decisions: incoming.decisions,
    compaction: config.compaction,
    keptIds: keptIdsOf(loaded),
    contextTokens: loaded.contextTokens,
    maxSteps: request.maxSteps,
    timezone: config.timezone,
    tokens: request.tokens,
    compactionItems: request.compactionItems,
    signal: live.signal,
  };
}

function keptIdsOf({ keptSeqs, seqOf }: Loaded): Set<string> {
  if (keptSeqs.length === 0) return new Set();
  const kept = new Set(keptSeqs);
  return new Set([...seqOf].flatMap(([id, seq]) => (kept.has(seq) ? [id] : [])));
}

/**
 * The run that a request would be, or without one a request of one empty message, for those who look at what it would
 * show the model. Nothing is kept.
 *
 * @throws ApiError as `startRun` for messages that can't be sent now.
 */
export async function previewRun(
  ctx: Ctx,
  loaded: Loaded,
  prompt: Making["prompt"],
  request: RunRequest = PREVIEW,
): Promise<Run> {
  const handle = request.overrideModel ?? loaded.model ?? loaded.config.model;
  const model = await ctx.models.model(ctx, handle).catch(() => absentModel(handle));
  const live = createLiveRun({
    id: "",
    agentId: loaded.agentId,
    conversationId: loaded.conversationId,
    background: false,
  });
  const given =
    request.inputs.length === 0 ? NOTHING : toIncoming(request.inputs, loaded.transcript, ctx.now().toISOString());
  return engineRun(ctx, {
    request,
    loaded,
    incoming: await inlineImages(ctx, given),
    model,
    live,
    prompt,
  });
}

const PREVIEW: RunRequest = {
  target: { agentId: "" },
  inputs: [],
  maxSteps: 0,
  tokens: false,
  background: false,
  compactionItems: false,
  clientTools: [],
  clientSkills: [],
  overrideModel: null,
  overrideSystem: null,
  runType: "preview",
  requestConfig: {},
  callbackUrl: null,
};

/** Stands for a model that is not there now, where only its window matters. */
function absentModel(handle: string): Model {
  const [provider = "", name = ""] = handle.split("/", 2);
  return { handle, provider, name, ...knownLimits(name), stream: async function* () {} };
}

/** The summarizer of the settings; the agent's own model where that one is unknown here. */
async function summarizerOf(ctx: Ctx, loaded: Loaded, own: Model): Promise<Model> {
  const handle = loaded.config.compaction.model;
  if (!handle || handle === own.handle) return own;
  return ctx.models.model(ctx, handle).catch(() => own);
}

/** Other instructions, for one request: nothing of them is kept but what the steps were shown. */
function instructionsOf(system: string | null): Section | null {
  if (system === null) return null;
  return { kind: "instructions", label: "instructions", text: system, source: { type: "request" } };
}

/** Skills stand after everything else, for this request alone. */
function skillSections(skills: RunRequest["clientSkills"]): Section[] {
  if (skills.length === 0) return [];
  const sections = compileSections({
    system: "",
    memoryBlocks: false,
    lineNumbers: false,
    blocks: [],
    toolRuleLines: [],
    agentVersionId: randomUUID(),
    metadata: {
      agentId: "",
      conversationId: "",
      compiledAt: new Date(0).toISOString(),
      timezone: "UTC",
      recallCount: 0,
      archivalCount: 0,
      archivalTags: [],
    },
    skills,
  });
  return sections.filter((section) => section.kind === "skills");
}
