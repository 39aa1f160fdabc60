import type { ARCHIVE_ENDPOINTS } from "@/lib/api/archives";
import type { PASSAGE_ENDPOINTS } from "@/lib/api/passages";
import { createArchive, deleteArchive, listArchives, retrieveArchive, updateArchive } from "../archives/archives";
import {
  createAgentPassage,
  createPassages,
  deleteAgentPassage,
  deletePassage,
  listAgentPassages,
} from "../archives/passages";
import { eraseArchive, erasePassage } from "../erasure/acts";
import type { Handlers } from "./bind";

export const ARCHIVE_HANDLERS: Handlers<typeof ARCHIVE_ENDPOINTS> = {
  "archives.create": ({ ctx, body }) => createArchive(ctx, body),
  "archives.list": ({ ctx, query }) => listArchives(ctx, query),
  "archives.retrieve": ({ ctx, params }) => retrieveArchive(ctx, params.archive_id),
  "archives.update": ({ ctx, params, body }) => updateArchive(ctx, params.archive_id, body),
  "archives.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseArchive : deleteArchive)(ctx, params.archive_id);
    return null;
  },
};

export const PASSAGE_HANDLERS: Handlers<typeof PASSAGE_ENDPOINTS> = {
  "archives.passages.create": async ({ ctx, params, body }) => {
    const [passage] = await createPassages(ctx, params.archive_id, [body]);
    return passage!;
  },
  "archives.passages.createMany": ({ ctx, params, body }) => createPassages(ctx, params.archive_id, body.passages),
  "archives.passages.delete": async ({ ctx, params, query }) => {
    const { archive_id: archiveId, passage_id: id } = params;
    await (query.erase ? erasePassage(ctx, id, { archiveId }) : deletePassage(ctx, archiveId, id));
    return null;
  },
  "agents.passages.create": ({ ctx, params, body }) => createAgentPassage(ctx, params.agent_id, body),
  "agents.passages.list": ({ ctx, params, query }) => listAgentPassages(ctx, params.agent_id, query),
  "agents.passages.delete": async ({ ctx, params, query }) => {
    const { agent_id: agentId, passage_id: id } = params;
    await (query.erase ? erasePassage(ctx, id, { agentId }) : deleteAgentPassage(ctx, agentId, id));
    return { message: `Memory id=${params.passage_id} successfully deleted` };
  },
};
