import { type CreateAgent, createAgentBody } from "@/lib/api/agents";
import type { CreateGroup } from "@/lib/api/groups";
import { AGENT_TYPES, type AgentTypeName } from "@/lib/engine/agent-types";
import { SLEEPTIME_PERSONA } from "@/lib/engine/prompts/sleeptime-v2";

/** Turns of the primary agent from one work of its sleep-time agent to the next, at first. */
const FREQUENCY = 5;

/** Whether an agent that is asked for gets an agent that tends its memory. */
export function wantsSleeptime(body: Pick<CreateAgent, "agent_type" | "enable_sleeptime">): boolean {
  return body.enable_sleeptime === true && AGENT_TYPES[body.agent_type].tender !== null;
}

const MAX_NAME_CHARS = 255;
/** The label of the block that a sleep-time agent has to itself. */
const PERSONA_LABEL = "memory_persona";
const SUFFIX = "-sleeptime";

/** What a sleep-time agent takes over from its primary agent, which has its own blocks shared with it besides. */
export function sleeptimeBody(primary: CreateAgent): CreateAgent {
  return createAgentBody.parse({
    name: primary.name ? `${primary.name.slice(0, MAX_NAME_CHARS - SUFFIX.length)}${SUFFIX}` : null,
    agent_type: AGENT_TYPES[primary.agent_type].tender ?? "sleeptime_agent",
    memory_blocks: [{ label: PERSONA_LABEL, value: SLEEPTIME_PERSONA }],
    model: primary.model,
    llm_config: primary.llm_config,
    model_settings: primary.model_settings,
    context_window_limit: primary.context_window_limit,
    embedding: primary.embedding,
    embedding_config: primary.embedding_config,
    timezone: primary.timezone,
    project_id: primary.project_id,
    hidden: primary.hidden,
  });
}

/** The group of an agent of this type and the one that tends it: what wakes it is the group's kind. */
export function sleeptimeGroup(type: AgentTypeName, primaryId: string, sleeptimeId: string): CreateGroup {
  const { buffers } = AGENT_TYPES[type];
  return {
    agent_ids: [sleeptimeId],
    description: "",
    manager_config: buffers
      ? { manager_type: "voice_sleeptime", manager_agent_id: primaryId }
      : { manager_type: "sleeptime", manager_agent_id: primaryId, sleeptime_agent_frequency: FREQUENCY },
    shared_block_ids: [],
  };
}
