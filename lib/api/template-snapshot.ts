import { z } from "@hono/zod-openapi";
import { agentType } from "./agent-state";
import { blockLabel, blockValue } from "./common";
import { shortText } from "./fields";
import { toolRuleBody } from "./tool-rules";

const MAX_ENTITIES = 1000;
const number = z.number().min(0).max(2_147_483_647).nullable();

/** Names of variables, with the values that they have where none is given. */
const variablesSchema = z.object({
  version: z.string(),
  data: z.array(z.object({ key: shortText, defaultValue: z.string().nullish(), type: z.string() })).max(MAX_ENTITIES),
});

const propertiesSchema = z.object({
  enable_reasoner: z.boolean().nullable(),
  put_inner_thoughts_in_kwargs: z.boolean().nullable(),
  context_window_limit: number,
  max_tokens: number,
  max_reasoning_tokens: number,
  max_files_open: number,
  message_buffer_autoclear: z.boolean().nullable(),
  verbosity_level: z.enum(["low", "medium", "high"]).nullable(),
  reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullable(),
  per_file_view_window_char_limit: number,
  parallel_tool_calls: z.boolean().nullable(),
  temperature: z.number().min(0).max(2).nullable(),
});

const agentSchema = z.object({
  model: z.string(),
  systemPrompt: z.string(),
  toolIds: z.array(z.string()).max(MAX_ENTITIES).nullable(),
  sourceIds: z.array(z.string()).max(MAX_ENTITIES).nullable(),
  memoryVariables: variablesSchema.nullable(),
  toolVariables: variablesSchema.nullable(),
  tags: z.array(shortText).max(MAX_ENTITIES).nullable(),
  identityIds: z.array(z.string()).max(MAX_ENTITIES).nullable(),
  toolRules: z.array(toolRuleBody).max(MAX_ENTITIES).nullable(),
  agentType,
  properties: propertiesSchema.nullable(),
  entityId: shortText,
  name: z.string().max(255),
});

const blockSchema = z.object({
  entityId: shortText,
  label: blockLabel,
  value: blockValue,
  limit: z.number().int().min(1).max(2_147_483_647),
  description: z.string(),
  preserveOnMigration: z.boolean().nullable(),
  readOnly: z.boolean(),
});

/** What a version of a template is made of, as Letta's editor has it. */
export const templateSnapshotSchema = z
  .object({
    agents: z.array(agentSchema).min(1).max(MAX_ENTITIES),
    blocks: z.array(blockSchema).max(MAX_ENTITIES),
    relationships: z
      .array(z.object({ agentEntityId: shortText, blockEntityId: shortText }))
      .max(MAX_ENTITIES)
      .describe("Which agent has which block, in order"),
    configuration: z.object({
      managerAgentEntityId: z.string().optional(),
      managerType: z.string().optional(),
      terminationToken: z.string().optional(),
      maxTurns: z.number().optional(),
      sleeptimeAgentFrequency: z.number().optional(),
      maxMessageBufferLength: z.number().optional(),
      minMessageBufferLength: z.number().optional(),
    }),
    type: z.enum(["classic", "cluster", "sleeptime", "round_robin", "supervisor", "dynamic", "voice_sleeptime"]),
    version: z.string(),
  })
  .openapi("TemplateSnapshot");
export type TemplateSnapshot = z.output<typeof templateSnapshotSchema>;
export type SnapshotAgent = TemplateSnapshot["agents"][number];
