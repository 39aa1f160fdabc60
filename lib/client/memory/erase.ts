import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";

/** What can be erased from a page. */
export type Erasable =
  | { type: "agent" | "block" | "identity" | "message"; id: string }
  | { type: "passage"; id: string; agentId: string }
  | { type: "file"; id: string; folderId: string }
  | { type: "workspace-file"; id: string; path: string };

const query = { erase: "true" };

function request(erasable: Erasable): Promise<unknown> {
  const { id } = erasable;
  switch (erasable.type) {
    case "agent":
      return unwrap(api.DELETE("/v1/agents/{agent_id}", { params: { path: { agent_id: id }, query } }));
    case "block":
      return unwrap(api.DELETE("/v1/blocks/{block_id}", { params: { path: { block_id: id }, query } }));
    case "identity":
      return unwrap(api.DELETE("/v1/identities/{identity_id}", { params: { path: { identity_id: id }, query } }));
    case "message":
      return unwrap(api.POST("/v1/messages/{message_id}/erase", { params: { path: { message_id: id } } }));
    case "passage": {
      const path = { agent_id: erasable.agentId, passage_id: id };
      return unwrap(api.DELETE("/v1/agents/{agent_id}/archival-memory/{passage_id}", { params: { path, query } }));
    }
    case "workspace-file": {
      const of = { path: { agent_id: id }, query: { ...query, path: erasable.path } };
      return unwrap(api.DELETE("/v1/agents/{agent_id}/workspace/file", { params: of }));
    }
    case "file": {
      const path = { folder_id: erasable.folderId, file_id: id };
      return unwrap(api.DELETE("/v1/folders/{folder_id}/{file_id}", { params: { path, query } }));
    }
  }
}

/**
 * Erases. Whatever was loaded may have said it, the past too, and is asked for again once `onErased` has closed what
 * showed it.
 */
export function useErase(onErased: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: request,
    onSuccess: (_, { type }) => {
      onErased();
      setTimeout(() => void client.invalidateQueries(type === "agent" ? { queryKey: queryKeys.agents() } : {}));
    },
  });
}

/** What is erased with a thing, in a sentence for who is asked. */
export const WHAT_GOES: Record<Erasable["type"], string> = {
  agent:
    "Everything it said, was told and remembers goes, also from its forks and from what other agents were told. Blocks that other agents share stay.",
  block:
    "Every version of its text goes, for all agents that share it: from their contexts of the past, the calls that wrote it, what models answered there, and from forks and templates. Messages lose what they repeat word for word.",
  identity:
    "Agents that serve nobody else go as a whole. From others goes what this person said, what was answered, and what those runs wrote into memory; blocks about this person alone go too.",
  message:
    "What it says goes, with its images, from searches, forks and journals, and wherever it is repeated word for word. The message keeps its place, and says nothing.",
  passage:
    "Its text goes from the archive and its copies in forks, from the call that wrote it, and from everything that a search of it returned.",
  "workspace-file":
    "All that it ever said goes, from this agent's workspace, its forks, and wherever it is repeated word for word. A repository around it goes with it, since its records hold copies; the files in it stay.",
  file: "Its text goes from the folder, and from everything that agents read in it: contexts, searches and what tools returned.",
};

/** The last erasure that took something from a record: a version, message, passage, step or run. */
export function erasureOfQuery(recordId: string) {
  return queryOptions({
    queryKey: queryKeys.erasureOf(recordId),
    queryFn: async ({ signal }) => {
      const query = { record_id: recordId, limit: 1 };
      return (await unwrap(api.GET("/v1/erasures", { params: { query }, signal })))[0] ?? null;
    },
  });
}
