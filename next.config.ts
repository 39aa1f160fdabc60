import type { NextConfig } from "next";

const config: NextConfig = {
  // Both `/v1/x` and `/v1/x/` belong to the API: a redirect between them would break the contract's clients.
  skipTrailingSlashRedirect: true,
  // `npm run check` checks types, those of the tests too: a start must not fail on them.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    "esbuild",
    "pg-boss",
    "@electric-sql/pglite",
    "@electric-sql/pglite-pgvector",
    "pg",
    "pglite-prisma-adapter",
  ],
  outputFileTracingIncludes: {
    "/**": [
      "./prisma/migrations/**/*",
      "./lib/server/folders/file-thread.mjs",
      "./lib/server/db/lite-thread.mjs",
      "./node_modules/{unpdf,mammoth,html-to-text}/**/*",
      "./lib/server/sandbox/workers/**/*",
      "./node_modules/pyodide/**/*",
      "./node_modules/quickjs-emscripten-core/**/*",
      "./node_modules/@jitl/quickjs-*/**/*",
    ],
  },
  // The API's other name, where Next alone serves it.
  rewrites: async () => [{ source: "/latest/:path*", destination: "/v1/:path*" }],
  poweredByHeader: false,
  devIndicators: false,
};

export default config;
