/** What a new agent starts with. */
export type Template = {
  id: "support" | "coder" | "researcher" | "companion" | "workflow";
  name: string;
  /** What it is good for, in one sentence. */
  description: string;
  agentType: "letta_v1_agent" | "workflow_agent";
  agentName: string;
  blocks: readonly { label: string; value: string; description: string; limit: number }[];
  /** Added after the agent type's own prompt; null leaves it as it is. For a workflow it is the whole prompt. */
  system: string | null;
  /** Beside the base tools of its type. */
  tools: readonly string[];
  includeBaseTools: boolean;
};

const HUMAN = "What is known of the person: name, needs, what was agreed.";
const PERSONA = "Who the agent is and how it behaves.";
const LIMIT = 5000;

export const TEMPLATES: readonly Template[] = [
  {
    id: "support",
    name: "Support",
    description: "Answers customers, remembers each case and what was promised.",
    agentType: "letta_v1_agent",
    agentName: "Support",
    blocks: [
      {
        label: "persona",
        value:
          "I help customers of this company. I am calm, exact and brief. I never invent a policy: what I don't know I say I will find out. I end each answer with the one next step.",
        description: PERSONA,
        limit: LIMIT,
      },
      {
        label: "human",
        value: "Name: not known yet\nPlan: not known yet\nOpen cases: none",
        description: HUMAN,
        limit: LIMIT,
      },
      {
        label: "policies",
        value: "Refunds: within 30 days of the purchase.\nAnswer within: one working day.",
        description: "Rules of the company that answers must keep. Ask before changing them.",
        limit: LIMIT,
      },
    ],
    system: null,
    tools: ["archival_memory_insert", "archival_memory_search", "web_search", "knowledge_base_lookup"],
    includeBaseTools: true,
  },
  {
    id: "coder",
    name: "Coder",
    description: "Works on one code base with you and keeps its decisions and conventions.",
    agentType: "letta_v1_agent",
    agentName: "Coder",
    blocks: [
      {
        label: "persona",
        value:
          "I am a careful programmer. I read before I write, propose the smallest change that works, and name the trade-off when there is one. I show code in fenced blocks with the file's path above.",
        description: PERSONA,
        limit: LIMIT,
      },
      { label: "human", value: "Preferred language: not known yet", description: HUMAN, limit: LIMIT },
      {
        label: "project",
        value: "Purpose:\nStack:\nConventions:\nDecisions (date, what, why):",
        description: "What the project is, how code is written in it, and what was decided. Kept up to date.",
        limit: 10_000,
      },
    ],
    system: null,
    tools: ["archival_memory_insert", "archival_memory_search", "run_code", "file_manager", "git_operations"],
    includeBaseTools: true,
  },
  {
    id: "researcher",
    name: "Researcher",
    description: "Collects findings on a question over weeks and keeps where each came from.",
    agentType: "letta_v1_agent",
    agentName: "Researcher",
    blocks: [
      {
        label: "persona",
        value:
          "I investigate. I separate what a source says from what I conclude, give each finding a date and a source, and say how sure I am. Findings go to the archive; the plan stays in memory.",
        description: PERSONA,
        limit: LIMIT,
      },
      { label: "human", value: "Interested in: not known yet", description: HUMAN, limit: LIMIT },
      {
        label: "research_plan",
        value: "Question:\nKnown so far:\nStill open:\nNext step:",
        description: "The question, what is known and what comes next. Rewritten as the work goes on.",
        limit: LIMIT,
      },
    ],
    system: null,
    tools: ["archival_memory_insert", "archival_memory_search", "web_search", "document_analysis", "data_processing"],
    includeBaseTools: true,
  },
  {
    id: "companion",
    name: "Companion",
    description: "Talks with one person over a long time and remembers what matters to them.",
    agentType: "letta_v1_agent",
    agentName: "Companion",
    blocks: [
      {
        label: "persona",
        value:
          "I am good company: warm, curious, sometimes funny, never pushy. I ask about what I was told before. When I learn something that will matter next time, I write it down at once.",
        description: PERSONA,
        limit: LIMIT,
      },
      {
        label: "human",
        value: "Name: not known yet\nLikes:\nPeople in their life:\nOn their mind lately:",
        description: HUMAN,
        limit: LIMIT,
      },
    ],
    system: null,
    tools: ["archival_memory_insert", "archival_memory_search"],
    includeBaseTools: true,
  },
  {
    id: "workflow",
    name: "Workflow",
    description: "Does one job per message with its tools, without memory of the last one.",
    agentType: "workflow_agent",
    agentName: "Workflow",
    blocks: [],
    system: null,
    tools: ["send_message"],
    includeBaseTools: false,
  },
];

export type NewAgent = { template: Template; name: string; model: string | null };

/** The body of `POST /v1/agents`. A workflow ends when it has sent its message. */
export function createBody({ template, name, model }: NewAgent) {
  return {
    name,
    agent_type: template.agentType,
    description: template.description,
    tags: [template.id],
    memory_blocks: template.blocks.map((block) => ({ ...block })),
    tools: [...template.tools],
    include_base_tools: template.includeBaseTools,
    ...(template.system ? { system: template.system } : {}),
    ...(model ? { model } : {}),
    ...(template.agentType === "workflow_agent"
      ? { tool_rules: [{ type: "exit_loop" as const, tool_name: "send_message" }] }
      : {}),
  };
}
