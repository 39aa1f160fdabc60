import { z } from "@hono/zod-openapi";

/** Letta's contract also names `swarm`, which it never had. */
export const managerType = z
  .enum(["round_robin", "supervisor", "dynamic", "sleeptime", "voice_sleeptime"])
  .openapi("ManagerType");
export type ManagerType = z.output<typeof managerType>;

/** Agents that work together, and how. */
export const groupSchema = z
  .object({
    id: z.string(),
    manager_type: managerType,
    agent_ids: z.array(z.string()),
    description: z.string(),
    project_id: z.string().nullable(),
    template_id: z.string().nullable(),
    base_template_id: z.string().nullable(),
    deployment_id: z.string().nullable(),
    shared_block_ids: z.array(z.string()),
    manager_agent_id: z.string().nullable(),
    termination_token: z.string().nullable(),
    max_turns: z.number().int().nullable(),
    sleeptime_agent_frequency: z.number().int().nullable().describe("Turns between two works of the sleep-time agents"),
    turns_counter: z.number().int().nullable(),
    last_processed_message_id: z.string().nullable().describe("The last message that the sleep-time agents were shown"),
    max_message_buffer_length: z.number().int().nullable(),
    min_message_buffer_length: z.number().int().nullable(),
    hidden: z.boolean().nullable(),
  })
  .openapi("Group");
export type WireGroup = z.output<typeof groupSchema>;
