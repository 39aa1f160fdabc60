import { z } from "@hono/zod-openapi";
import { jsonObject, timestamp } from "./common";
import { embeddingConfigSchema } from "./model-settings";

/** A folder as the contract shows it, by itself and in an agent's `sources`. */
export const folderSchema = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    instructions: z.string().nullable(),
    metadata: jsonObject.nullable(),
    id: z.string(),
    embedding_config: embeddingConfigSchema.nullable().describe("Null searches by text alone"),
    vector_db_provider: z.literal("native"),
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("Folder");
export type WireFolder = z.output<typeof folderSchema>;
