import type { MessageInput } from "@/lib/api/messages";
import type { Cause } from "@/lib/engine/cause";
import type { Model } from "@/lib/engine/model";
import type { Tool } from "@/lib/engine/tool";
import type { ClientTool } from "../calls/resolve";
import type { Ctx } from "../core/core";
import type { LiveRun } from "./live";
import type { Target } from "./load";

/** Agents that called each other to get here, the first one first. */
export type CallChain = readonly string[];

/** Stands between a run and its model and tools. */
export type Tape = { model(model: Model): Model; tool(tool: Tool): Tool };

/** A request to run an agent on a conversation. */
export type RunRequest = {
  target: Target;
  inputs: MessageInput[];
  maxSteps: number;
  tokens: boolean;
  background: boolean;
  compactionItems: boolean;
  clientTools: ClientTool[];
  clientSkills: { name: string; description: string; location: string }[];
  overrideModel: string | null;
  overrideSystem: string | null;
  runType: string;
  /** Kept with the run beside its type. */
  metadata?: Record<string, unknown>;
  /** Kept with the run as the contract shows it. */
  requestConfig: Record<string, unknown>;
  callbackUrl: string | null;
  /** Model settings of this request alone, over the agent's. */
  settings?: Record<string, unknown>;
  /** The group that the run is for: its messages are the group's too. */
  groupId?: string | null;
  /** Why the run writes memory; the agent itself if not given. */
  causeKind?: Cause["kind"];
  /** Agents that wait for this run, each called by the one before. */
  callChain?: CallChain;
  /** Tools of this run alone, beside the agent's own. */
  extraTools?: Tool[];
  /** What takes the place of the tools that the agent has. */
  replaceTools?: (tools: Tool[]) => Tool[];
  /** What was recorded of another run, to be given in place of models and tools as long as it fits. */
  tape?: Tape;
  /** A part of other work of the organization, which would fail without it: it may go beyond the organization's share. */
  isPart?: boolean;
};

/** A run to follow: one that was just started, or the one that this request, sent before, had started already. */
export type Started = { run: LiveRun } | { existingRunId: string };

/** `startRun`, as it is given to what it starts itself. */
export type StartRun = (ctx: Ctx, request: RunRequest) => Promise<Started>;
