import path from "node:path";
import { defineConfig } from "prisma/config";

// The native schema engine is a download; this bridge runs the WASM one from npm in its place.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.join(import.meta.dirname, "scripts/schema-engine.mjs");

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: {
    url: process.env.DATABASE_URL ?? "postgresql://localhost:5432/memoir",
  },
  // Search tables have indexes and columns that Prisma can't describe: raw SQL owns them.
  experimental: { externalTables: true },
  tables: {
    external: [
      "public.search_document",
      "public.search_posting",
      "public.search_scope",
      // Made on first use, one for each width of vector.
      ...[384, 512, 768, 1024, 1536, 3072].map((dimensions) => `public.search_vector_${dimensions}`),
    ],
  },
});
