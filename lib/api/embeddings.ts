import { z } from "@hono/zod-openapi";
import { endpoint } from "./endpoint";

/** Bytes of a unit that the header `storage-unit` may name. */
export const STORAGE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

export const EMBEDDING_ENDPOINTS = [
  endpoint({
    id: "embeddings.storage",
    method: "get",
    path: "/v1/embeddings/total_storage_size",
    summary: "How much all vectors take, in the unit of the header storage-unit (B, KB, MB, GB or TB; else GB)",
    response: z.number(),
  }),
] as const;
