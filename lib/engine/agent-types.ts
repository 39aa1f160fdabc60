import { type Dialect, MEMGPT, NATIVE } from "./dialect";
import { LETTA_V1_PROMPT } from "./prompts/letta-v1";
import { MEMGPT_V2_CHAT_PROMPT } from "./prompts/memgpt-v2-chat";
import { REACT_PROMPT } from "./prompts/react";
import { SLEEPTIME_V2_PROMPT } from "./prompts/sleeptime-v2";
import { VOICE_CHAT_PROMPT } from "./prompts/voice-chat";
import { VOICE_SLEEPTIME_PROMPT } from "./prompts/voice-sleeptime";
import { WORKFLOW_PROMPT } from "./prompts/workflow";
import { memgptVerdict, nativeVerdict, type StepOutcome, type Verdict } from "./verdict";

export const AGENT_TYPE_NAMES = [
  "letta_v1_agent",
  "memgpt_v2_agent",
  "memgpt_agent",
  "react_agent",
  "workflow_agent",
  "split_thread_agent",
  "sleeptime_agent",
  "voice_convo_agent",
  "voice_sleeptime_agent",
] as const;
export type AgentTypeName = (typeof AGENT_TYPE_NAMES)[number];

/** All that tells one type of agent from another: nothing else asks for the type's name. */
export type AgentType = {
  name: AgentTypeName;
  /** Null where an agent of this type must be given its prompt. */
  systemPrompt: string | null;
  /** Attached when the client asks for base tools. */
  baseTools: readonly string[];
  /** Whether tool rules for the base tools are added by default. */
  baseToolRules: boolean;
  dialect: Dialect;
  /** Whether a dialect that can ask for it has the model think in an argument of each call, before it speaks. */
  innerThoughts: boolean;
  /** Whether the loop goes on after a step. */
  verdict: (step: StepOutcome) => Verdict;
  /** Whether every step must call a tool. */
  mustCall: boolean;
  /** Whether a step has one call at the most. */
  oneCall: boolean;
  /** Whether blocks stand in the prompt. */
  memoryBlocks: boolean;
  /** Whether models that profit from it are shown blocks with line numbers. */
  lineNumbers: boolean;
  /** Whether a new agent begins with the boot sequence after its system message. */
  bootSequence: boolean;
  /** Whether the context is emptied after each run. */
  clearsBuffer: boolean;
  /** The type of the agent that tends its memory between its runs, where one is asked for; null where none can be. */
  tender: AgentTypeName | null;
  /** Whether it tends the memory of another agent. */
  tends: boolean;
  /** Whether its oldest messages leave the context when the buffer of its group is full. */
  buffers: boolean;
};

const V1 = {
  mustCall: false,
  oneCall: false,
  baseToolRules: false,
  dialect: NATIVE,
  innerThoughts: true,
  verdict: nativeVerdict,
  memoryBlocks: true,
  bootSequence: false,
  clearsBuffer: false,
  tender: "sleeptime_agent",
  tends: false,
  buffers: false,
} as const;
const V2 = {
  mustCall: true,
  oneCall: true,
  baseToolRules: true,
  dialect: MEMGPT,
  innerThoughts: true,
  verdict: memgptVerdict,
  memoryBlocks: true,
  bootSequence: true,
  clearsBuffer: false,
  tender: "sleeptime_agent",
  tends: false,
  buffers: false,
} as const;

/** Agent types as rows, by the table of the contract (letta-v1 §3.1). */
export const AGENT_TYPES: Record<AgentTypeName, AgentType> = {
  letta_v1_agent: {
    ...V1,
    name: "letta_v1_agent",
    systemPrompt: LETTA_V1_PROMPT,
    baseTools: ["conversation_search", "memory_insert", "memory_replace"],
    lineNumbers: true,
  },
  memgpt_v2_agent: {
    ...V2,
    name: "memgpt_v2_agent",
    systemPrompt: MEMGPT_V2_CHAT_PROMPT,
    baseTools: ["send_message", "conversation_search", "memory_insert", "memory_replace"],
    lineNumbers: true,
  },
  memgpt_agent: {
    ...V2,
    name: "memgpt_agent",
    systemPrompt: MEMGPT_V2_CHAT_PROMPT,
    baseTools: memgptTools(),
    lineNumbers: false,
  },
  split_thread_agent: {
    ...V2,
    name: "split_thread_agent",
    systemPrompt: null,
    baseTools: memgptTools(),
    lineNumbers: false,
  },
  react_agent: {
    ...V2,
    name: "react_agent",
    systemPrompt: REACT_PROMPT,
    baseTools: [],
    memoryBlocks: false,
    lineNumbers: false,
    tender: null,
  },
  workflow_agent: {
    ...V2,
    name: "workflow_agent",
    systemPrompt: WORKFLOW_PROMPT,
    baseTools: [],
    memoryBlocks: false,
    lineNumbers: false,
    clearsBuffer: true,
    tender: null,
  },
  sleeptime_agent: {
    ...V1,
    name: "sleeptime_agent",
    systemPrompt: SLEEPTIME_V2_PROMPT,
    baseTools: ["memory_replace", "memory_insert", "memory_rethink", "memory_finish_edits"],
    baseToolRules: true,
    lineNumbers: true,
    tender: null,
    tends: true,
  },
  voice_convo_agent: {
    ...V2,
    name: "voice_convo_agent",
    systemPrompt: VOICE_CHAT_PROMPT,
    baseTools: ["send_message", "search_memory"],
    // Nobody is kept waiting for a thought that they don't hear.
    innerThoughts: false,
    lineNumbers: false,
    tender: "voice_sleeptime_agent",
    buffers: true,
  },
  voice_sleeptime_agent: {
    ...V2,
    name: "voice_sleeptime_agent",
    systemPrompt: VOICE_SLEEPTIME_PROMPT,
    baseTools: ["store_memories", "rethink_user_memory", "finish_rethinking_memory"],
    bootSequence: false,
    lineNumbers: false,
    tender: null,
    tends: true,
  },
};

function memgptTools(): readonly string[] {
  return [
    "send_message",
    "conversation_search",
    "core_memory_append",
    "core_memory_replace",
    "memory",
    "memory_apply_patch",
  ];
}
