import type { IDENTITY_ENDPOINTS } from "@/lib/api/identities";
import { listAgentsOfIdentity } from "../agents/agents";
import { getBlock, toWireBlock } from "../blocks/blocks";
import { listBlocksOfIdentity } from "../blocks/list-blocks";
import { eraseIdentity } from "../erasure/erase-identity";
import {
  attachIdentity,
  countIdentities,
  createIdentity,
  deleteIdentity,
  detachIdentity,
  getIdentity,
  listIdentities,
  retrieveIdentity,
  updateIdentity,
  upsertIdentity,
  upsertProperties,
} from "../identities/identities";
import type { Handlers } from "./bind";

export const IDENTITY_HANDLERS: Handlers<typeof IDENTITY_ENDPOINTS> = {
  "identities.create": ({ ctx, body }) => createIdentity(ctx, body),
  "identities.upsert": ({ ctx, body }) => upsertIdentity(ctx, body),
  "identities.list": ({ ctx, query }) => listIdentities(ctx, query),
  "identities.count": ({ ctx, query }) => countIdentities(ctx, query),
  "identities.retrieve": ({ ctx, params }) => retrieveIdentity(ctx, params.identity_id),
  "identities.update": ({ ctx, params, body }) => updateIdentity(ctx, params.identity_id, body),
  "identities.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseIdentity : deleteIdentity)(ctx, params.identity_id);
    return null;
  },
  "identities.properties.upsert": ({ ctx, params, body }) => upsertProperties(ctx, params.identity_id, body),
  "identities.agents": async ({ ctx, params, query }) => {
    await getIdentity(ctx, params.identity_id);
    return listAgentsOfIdentity(ctx, params.identity_id, query);
  },
  "identities.blocks": async ({ ctx, params, query }) => {
    await getIdentity(ctx, params.identity_id);
    return listBlocksOfIdentity(ctx, params.identity_id, query);
  },
  "agents.identities.attach": async ({ ctx, params }) => {
    await attachIdentity(ctx, "agent", params.agent_id, params.identity_id);
    return null;
  },
  "agents.identities.detach": async ({ ctx, params }) => {
    await detachIdentity(ctx, "agent", params.agent_id, params.identity_id);
    return null;
  },
  "blocks.identities.attach": async ({ ctx, params }) => {
    await attachIdentity(ctx, "block", params.block_id, params.identity_id);
    return toWireBlock(await getBlock(ctx, params.block_id));
  },
  "blocks.identities.detach": async ({ ctx, params }) => {
    await detachIdentity(ctx, "block", params.block_id, params.identity_id);
    return toWireBlock(await getBlock(ctx, params.block_id));
  },
};
