import type { INTERNAL_RUN_ENDPOINTS } from "@/lib/api/internal-runs";
import type { RUN_SUMMARY_ENDPOINTS } from "@/lib/api/run-summaries";
import type { RUN_VIEW_ENDPOINTS } from "@/lib/api/run-views";
import type { RUN_ENDPOINTS } from "@/lib/api/runs";
import { listMessages } from "../conversations/list-messages";
import { createItemShaper, DEFAULT_PRESENT, messagesToWire, presentOfRequest } from "../conversations/present";
import { replayChanged } from "../ledger/replay-changed";
import { runTrace } from "../ledger/run-trace";
import { showReplay } from "../ledger/show-replay";
import { stepTrace } from "../ledger/trace";
import { followRun } from "../run/follow";
import { listInternalRuns } from "../run/internal-runs";
import { listRunSummaries } from "../run/run-summaries";
import { createRunView, deleteRunView, listRunViews, updateRunView } from "../run/run-views";
import {
  deleteRun,
  getRun,
  getRunMetrics,
  getRunUsage,
  listActiveRuns,
  listRunMessages,
  listRuns,
  toWireRun,
} from "../run/runs";
import { getStep, getStepMetrics, listSteps, setFeedback, toWireStep } from "../run/steps";
import { cancelToolCall, listRunningCalls } from "../run/tool-calls";
import type { Handlers } from "./bind";
import { streamResponse } from "./stream";

export const INTERNAL_RUN_HANDLERS: Handlers<typeof INTERNAL_RUN_ENDPOINTS> = {
  "internalRuns.list": ({ ctx, query }) => listInternalRuns(ctx, query),
};

export const RUN_SUMMARY_HANDLERS: Handlers<typeof RUN_SUMMARY_ENDPOINTS> = {
  "runs.summaries": ({ ctx, query }) => listRunSummaries(ctx, query),
};

export const RUN_VIEW_HANDLERS: Handlers<typeof RUN_VIEW_ENDPOINTS> = {
  "runs.views.list": ({ ctx }) => listRunViews(ctx),
  "runs.views.create": ({ ctx, body }) => createRunView(ctx, body),
  "runs.views.update": ({ ctx, params, body }) => updateRunView(ctx, params.view_id, body),
  "runs.views.delete": async ({ ctx, params }) => {
    await deleteRunView(ctx, params.view_id);
    return null;
  },
};

export const RUN_HANDLERS: Handlers<typeof RUN_ENDPOINTS> = {
  "runs.list": ({ ctx, query }) => listRuns(ctx, query),
  "runs.active": ({ ctx, query }) => listActiveRuns(ctx, query),
  "runs.delete": async ({ ctx, params }) => {
    const run = toWireRun(await getRun(ctx, params.run_id));
    await deleteRun(ctx, params.run_id);
    return run;
  },
  "runs.retrieve": async ({ ctx, params }) => toWireRun(await getRun(ctx, params.run_id)),
  "runs.messages.list": ({ ctx, params, query }) => listRunMessages(ctx, params.run_id, query),
  "runs.messages.stream": async ({ ctx, params, body, request }) => {
    const items = await followRun(ctx, params.run_id, body.starting_after, request.signal);
    const run = await getRun(ctx, params.run_id);
    return streamResponse({
      items,
      runId: params.run_id,
      pings: body.include_pings,
      after: body.starting_after,
      shape: createItemShaper(presentOfRequest(run.request)),
    });
  },
  "runs.steps.list": async ({ ctx, params, query }) => {
    await getRun(ctx, params.run_id);
    return listSteps(ctx, { ...query, run_id: params.run_id });
  },
  "runs.toolCalls.list": ({ ctx, params }) => listRunningCalls(ctx, params.run_id),
  "runs.toolCalls.cancel": ({ ctx, params }) => cancelToolCall(ctx, params.run_id, params.tool_call_id),
  "runs.usage.retrieve": ({ ctx, params }) => getRunUsage(ctx, params.run_id),
  "runs.metrics.retrieve": ({ ctx, params }) => getRunMetrics(ctx, params.run_id),
  "runs.trace.retrieve": ({ ctx, params, query }) => runTrace(ctx, params.run_id, query.limit),
  "runs.replay": ({ ctx, params }) => showReplay(ctx, params.run_id),
  "runs.replayChanged": ({ ctx, params, body }) => replayChanged(ctx, params.run_id, body),
  "steps.list": ({ ctx, query }) => listSteps(ctx, query),
  "steps.retrieve": async ({ ctx, params }) => toWireStep(await getStep(ctx, params.step_id)),
  "steps.metrics.retrieve": ({ ctx, params }) => getStepMetrics(ctx, params.step_id),
  "steps.trace.retrieve": ({ ctx, params }) => stepTrace(ctx, params.step_id),
  "telemetry.retrieve": ({ ctx, params }) => stepTrace(ctx, params.step_id),
  "steps.messages.list": async ({ ctx, params, query }) => {
    await getStep(ctx, params.step_id);
    const options = { cursors: "ordered", shown: "chronological", strict: true } as const;
    const wire = messagesToWire(await listMessages(ctx, { stepId: params.step_id }, query, options), DEFAULT_PRESENT);
    return query.order === "desc" ? wire.toReversed() : wire;
  },
  "steps.feedback.create": ({ ctx, params, query, body }) =>
    setFeedback(ctx, params.step_id, { ...body, feedback: body.feedback ?? query.feedback }),
};
