import { tmpdir } from "node:os";
import type { MessageInput } from "@/lib/api/messages";
import type { ModelRequest } from "@/lib/engine/model";
import type { RunEnd } from "@/lib/engine/ports";
import { type Script, scriptedModel } from "@/lib/engine/testing/scripted-model";
import type { Item } from "@/lib/stream/item";
import { readConfig } from "../config/env";
import { type Core, type Ctx, DEFAULT_ACTOR } from "../core/core";
import { recoverRuns } from "../run/recover";
import type { RunRequest } from "../run/run-request";
import { startRun } from "../run/start";
import { createRunSupervisor } from "../run/supervisor";
import { openTestCore, type TestCore } from "./harness";
import { fakeModels } from "./models";

export type RunningCore = TestCore & {
  /** What the models will send, whichever is asked. */
  push(...scripts: Script[]): void;
  /** Answers when the script is over. */
  otherwise: { script: Script | null };
  /** What the models were asked, in order. */
  requests: (ModelRequest & { handle: string })[];
  /** Runs an agent to its end, in fragments. */
  say(target: RunRequest["target"], text: string, changes?: Partial<RunRequest>): Promise<Said>;
};

export type Said = { runId: string; items: Item[]; stopReason: RunEnd["stopReason"] | null };

/** A test core whose models speak by a script, and whose runs are real. */
export async function openRunningCore(changes: Partial<Core> = {}): Promise<RunningCore> {
  const queue: Script[] = [];
  const requests: RunningCore["requests"] = [];
  const otherwise: RunningCore["otherwise"] = { script: null };
  const registry = fakeModels();
  const models = {
    ...registry,
    model: async (ctx: Ctx, handle: string) => {
      const info = await registry.info(ctx, handle);
      const { contextWindow, name, providerType: provider } = info;
      return {
        handle,
        provider,
        name,
        contextWindow,
        stream: (request: ModelRequest, signal: AbortSignal) => {
          requests.push({ ...request, messages: structuredClone(request.messages), handle });
          const script = queue.shift() ?? otherwise.script;
          return scriptedModel(script ? [script] : []).stream(request, signal);
        },
      };
    },
  };
  const t = await openTestCore({
    config: readConfig({ MEMOIR_SEED: "off", MEMOIR_DATA_DIR: tmpdir() }),
    models,
    runs: createRunSupervisor(async (core) => void (await recoverRuns(core))),
    ...changes,
  });
  const ctx: Ctx = { ...t.core, actor: DEFAULT_ACTOR };
  return {
    ...t,
    push: (...scripts) => void queue.push(...scripts),
    otherwise,
    requests,
    say: (target, text, more) => say(ctx, target, [{ type: "message", role: "user", content: text }], more),
  };
}

/** Runs to the end, as `say`, on any inputs. */
export async function say(
  ctx: Ctx,
  target: RunRequest["target"],
  inputs: MessageInput[],
  changes: Partial<RunRequest> = {},
): Promise<Said> {
  const started = await startRun(ctx, {
    target,
    inputs,
    maxSteps: 50,
    tokens: true,
    background: false,
    compactionItems: true,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "test",
    requestConfig: {},
    callbackUrl: null,
    ...changes,
  });
  if (!("run" in started)) throw new Error(`there was a run already: ${started.existingRunId}`);
  const items: Item[] = [];
  for await (const item of started.run.follow(0)) items.push(item);
  const stop = items.find((item) => item.type === "stop");
  return { runId: started.run.id, items, stopReason: stop?.stopReason ?? null };
}
