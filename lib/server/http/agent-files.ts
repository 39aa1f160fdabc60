import type { AGENT_FILE_ENDPOINTS } from "@/lib/api/agent-files";
import { exportAgentFile, refuseLegacyFormat } from "../agent-file/export-file";
import { importUpload } from "../agent-file/import-form";
import type { Handlers } from "./bind";

export const AGENT_FILE_HANDLERS: Handlers<typeof AGENT_FILE_ENDPOINTS> = {
  "agents.importFile": async ({ ctx, form, request }) => {
    const header = (name: string) => request.headers.get(name)?.slice(0, 255) || null;
    const { agentIds, notes } = await importUpload(ctx, form, {
      embedding: header("x-override-embedding-model"),
      projectId: header("x-project-id"),
    });
    return { agent_ids: agentIds, notes };
  },
  "agents.exportFile": async ({ ctx, params, query, request }) => {
    refuseLegacyFormat(query.use_legacy_format);
    const file = await exportAgentFile(ctx, params.agent_id, {
      conversationId: query.conversation_id,
      scrubMessages: query.scrub_messages,
    });
    // The older client takes nothing but a text here: the file as a JSON string, as which it is taken back too.
    return request.headers.has("x-fern-sdk-version") ? Response.json(JSON.stringify(file)) : file;
  },
  "agents.exportFileWithSkills": ({ ctx, params, body }) =>
    exportAgentFile(ctx, params.agent_id, {
      conversationId: body.conversation_id,
      scrubMessages: body.scrub_messages,
      skills: body.skills,
    }),
};
