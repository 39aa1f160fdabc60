import { z } from "@hono/zod-openapi";
import { blockSchema, causeSchema } from "./blocks";
import { blockValue, idSchema, pagingQuery, queryList, timestamp } from "./common";
import { endpoint } from "./endpoint";

const HOURS_PER_YEAR = 8784;
const MOST_LOCKED_LINES = 1000;

export const PROPOSAL_STATES = ["pending", "accepted", "changed", "refused", "expired"] as const;

const policyFields = {
  writes: z
    .enum(["at-once", "review"])
    .describe(
      "Whether what tools write is kept at once, or proposed to a person. What people and programs write themselves is kept at once",
    ),
  locked_lines: z
    .array(z.string())
    .describe(
      "Whole lines that no tool may change or remove: a call that would is refused, in a sentence to the agent",
    ),
  expires_after_hours: z
    .number()
    .int()
    .nullable()
    .describe("After which a proposal that nobody decided is void; null for never"),
};

export const writePolicySchema = z
  .object({
    ...policyFields,
    block_id: z.string(),
    version_id: z.string().describe("The version of the block that it is of"),
    missing_lines: z
      .array(z.string())
      .describe("Locked lines that the block does not have now; they hold once they are back"),
    pending: z.number().int().describe("Proposals that wait for a decision"),
  })
  .openapi("WritePolicy");
export type WireWritePolicy = z.output<typeof writePolicySchema>;

const line = z
  .string()
  .min(1)
  .max(100_000)
  .refine((text) => !/[\n\r\0]/.test(text), "a line has no line break in it");

export const setWritePolicyBody = z
  .object({
    writes: policyFields.writes.default("at-once"),
    locked_lines: z.array(line).max(MOST_LOCKED_LINES).default([]).describe(policyFields.locked_lines.description!),
    expires_after_hours: z
      .number()
      .int()
      .min(1)
      .max(HOURS_PER_YEAR)
      .nullish()
      .describe(policyFields.expires_after_hours.description!),
  })
  .openapi("SetWritePolicy");
export type SetWritePolicy = z.output<typeof setWritePolicyBody>;

const proposalFields = {
  id: z.string(),
  seq: z.number().describe("Place in the ledger"),
  block_id: z.string(),
  label: z.string().describe("What the block was called when it was proposed"),
  agent_id: z.string(),
  agent_name: z.string(),
  conversation_id: z.string().nullable(),
  run_id: z.string().nullable(),
  step_id: z.string().nullable(),
  base_version_id: z.string().describe("What the tool saw"),
  kind: z.enum(["change", "detach"]).describe("Another content of the block, or that the agent gives it up"),
  operation: z.string().describe("The tool that wrote"),
  cause: causeSchema,
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  status: z.enum(PROPOSAL_STATES).describe("`changed`: accepted with another text"),
  decided_at: timestamp.nullable(),
  decided_cause: causeSchema.nullable().describe("Who decided; null where it expired, and as long as it waits"),
  reason: z.string().nullable().describe("Why it was refused, as the agent is told"),
  version_id: z.string().nullable().describe("The version of the block that it became"),
  told_run_id: z.string().nullable().describe("The run at whose beginning the agent was told"),
};

export const memoryProposalSchema = z.object(proposalFields).openapi("MemoryProposal");
export type WireMemoryProposal = z.output<typeof memoryProposalSchema>;

export const memoryProposalDetailSchema = z
  .object({
    ...proposalFields,
    base_value: z.string().describe("The block's value when it was proposed"),
    proposed: z
      .object({ label: z.string().nullable(), value: z.string().nullable(), description: z.string().nullable() })
      .describe("What would change; null for what stays"),
    head_version_id: z.string().describe("The block's version now"),
    head_value: z.string().describe("The block's value now; its last one if it is deleted"),
    result: z
      .string()
      .nullable()
      .describe(
        "The value if it is accepted now, on top of what others wrote meanwhile; null where both changed the same words",
      ),
  })
  .openapi("MemoryProposalDetail");
export type WireMemoryProposalDetail = z.output<typeof memoryProposalDetailSchema>;

const blockParams = z.object({ block_id: idSchema("block") });
const proposalParams = z.object({ proposal_id: idSchema("proposal") });

const proposalFilters = {
  status: queryList(z.enum(PROPOSAL_STATES)).describe("Only in one of these states"),
  agent_id: z.string().nullish().describe("Only what this agent proposed"),
  block_id: z.string().nullish().describe("Only to this block"),
};

export const MEMORY_PROPOSAL_ENDPOINTS = [
  endpoint({
    id: "blocks.writePolicy.retrieve",
    method: "get",
    path: "/v1/blocks/{block_id}/write-policy",
    summary: "What becomes of what tools write to a block: kept at once, held for review, lines locked",
    own: true,
    params: blockParams,
    response: writePolicySchema,
  }),
  endpoint({
    id: "blocks.writePolicy.set",
    method: "put",
    path: "/v1/blocks/{block_id}/write-policy",
    summary: "Set what becomes of what tools write to a block, as a new version of it",
    own: true,
    params: blockParams,
    body: setWritePolicyBody,
    response: writePolicySchema,
  }),
  endpoint({
    id: "memoryProposals.list",
    method: "get",
    path: "/v1/memory-proposals",
    summary: "Writes of tools that were held for review, newest first",
    own: true,
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...proposalFilters }),
    response: z.array(memoryProposalSchema),
  }),
  endpoint({
    id: "memoryProposals.count",
    method: "get",
    path: "/v1/memory-proposals/count",
    summary: "Count writes that were held for review",
    own: true,
    query: z.object(proposalFilters),
    response: z.number().int(),
  }),
  endpoint({
    id: "memoryProposals.retrieve",
    method: "get",
    path: "/v1/memory-proposals/{proposal_id}",
    summary: "A held write with what it would change, and what the block would say if it were accepted now",
    own: true,
    params: proposalParams,
    response: memoryProposalDetailSchema,
  }),
  endpoint({
    id: "memoryProposals.accept",
    method: "post",
    path: "/v1/memory-proposals/{proposal_id}/accept",
    summary: "Accept a held write, as it is or with another text, as a new version of its block; the agent is told",
    own: true,
    params: proposalParams,
    body: z.object({
      value: blockValue.nullish().describe("The whole value that the block is to have instead"),
      base_version_id: z
        .string()
        .nullish()
        .describe("The version of the block that the decision was made on; 409 if the block has moved on since"),
    }),
    bodyOptional: true,
    response: memoryProposalSchema.extend({
      block: blockSchema.nullable().describe("As it is now; null if the agent gave it up"),
    }),
  }),
  endpoint({
    id: "memoryProposals.refuse",
    method: "post",
    path: "/v1/memory-proposals/{proposal_id}/refuse",
    summary: "Refuse a held write; the agent is told, with the reason",
    own: true,
    params: proposalParams,
    body: z.object({ reason: z.string().max(2000).nullish().describe("For the agent") }),
    bodyOptional: true,
    response: memoryProposalSchema,
  }),
] as const;
