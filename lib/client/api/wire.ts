import type { z } from "@hono/zod-openapi";
import type { WireAgent } from "@/lib/api/agent-state";
import type { blameSchema, causeSchema, WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import type { WireConversation } from "@/lib/api/conversations";
import type { identitySchema } from "@/lib/api/identity";
import type { agentStateAtSchema } from "@/lib/api/ledger";
import type { WireStep } from "@/lib/api/runs";
import type { scheduleSchema } from "@/lib/api/schedules";
import type { contextDiffSchema, stepContextSchema } from "@/lib/api/step-context";

/** The wire's words for what the pages show. */
export type Agent = WireAgent;
export type Block = WireBlock;
export type BlockVersion = WireBlockVersion;
export type Blame = z.output<typeof blameSchema>;
export type Cause = z.output<typeof causeSchema>;
export type Conversation = WireConversation;
export type StepContext = z.output<typeof stepContextSchema>;
/** What the model would be shown now, or was shown in a step. */
export type Context = Omit<StepContext, "step_id">;
export type ContextDiff = z.output<typeof contextDiffSchema>;
export type StateAt = z.output<typeof agentStateAtSchema>;
export type Identity = z.output<typeof identitySchema>;
export type Step = WireStep;
/** As the server sends it. */
export type Schedule = z.input<typeof scheduleSchema>;
export type { WireAgentVersion as AgentVersion } from "@/lib/api/agent-versions";
export type { WireCompactionPreview as CompactionPreview } from "@/lib/api/compactions";
export type { WireBatchItem as BatchItem, WireJob as Batch } from "@/lib/api/jobs";
export type { Knowledge, KnowledgeEvent } from "@/lib/api/knowledge";
export type { TimelineEntry } from "@/lib/api/ledger";
export type { WireHealthFinding as HealthFinding, WireMemoryHealth as MemoryHealth } from "@/lib/api/memory-health";
export type {
  WireMemoryProposal as Proposal,
  WireMemoryProposalDetail as ProposalDetail,
  WireWritePolicy as WritePolicy,
} from "@/lib/api/memory-proposals";
export type { WirePassage as Passage } from "@/lib/api/passages";
export type { WireProvider as Provider } from "@/lib/api/providers";
export type { RecordedSearch } from "@/lib/api/recorded-searches";
export type { RunSummary } from "@/lib/api/run-summaries";
export type { WireRunView as RunView } from "@/lib/api/run-views";
export type { WireRun as Run } from "@/lib/api/runs";
export type { WireFiring as Firing } from "@/lib/api/schedules";
export type { WireContextSection as ContextSection } from "@/lib/api/step-context";
export type { WireTool as Tool } from "@/lib/api/tools";
export type { UsageFigures, WireToolUsage as ToolUsage, WireUsage as Usage } from "@/lib/api/usage";

/** A language model as `GET /v1/models/` lists it. */
export type Model = {
  handle: string;
  display_name: string | null;
  provider_name: string | null;
  provider_type: string;
  context_window: number;
  max_context_window?: number;
  context_window_source?: "provider" | "setting" | "catalog" | "guess";
};

export const DEMO_MODEL = "memoir/demo";
/** The default conversation's name in URLs and in the API. */
export const DEFAULT_CONVERSATION = "default";
