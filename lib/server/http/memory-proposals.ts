import type { MEMORY_PROPOSAL_ENDPOINTS } from "@/lib/api/memory-proposals";
import { acceptProposal, refuseProposal } from "../reviews/decide";
import { countProposals, listProposals, retrieveProposal } from "../reviews/proposals";
import { readWritePolicy, setWritePolicy } from "../reviews/write-policy";
import type { Handlers } from "./bind";

export const MEMORY_PROPOSAL_HANDLERS: Handlers<typeof MEMORY_PROPOSAL_ENDPOINTS> = {
  "blocks.writePolicy.retrieve": ({ ctx, params }) => readWritePolicy(ctx, params.block_id),
  "blocks.writePolicy.set": ({ ctx, params, body }) => setWritePolicy(ctx, params.block_id, body),
  "memoryProposals.list": ({ ctx, query }) => listProposals(ctx, query),
  "memoryProposals.count": ({ ctx, query }) => countProposals(ctx, query),
  "memoryProposals.retrieve": ({ ctx, params }) => retrieveProposal(ctx, params.proposal_id),
  "memoryProposals.accept": ({ ctx, params, body }) => acceptProposal(ctx, params.proposal_id, body ?? {}),
  "memoryProposals.refuse": ({ ctx, params, body }) => refuseProposal(ctx, params.proposal_id, body?.reason),
};
