-- A tool of an MCP server is known by the server's own name for it.
ALTER TABLE "tool" ADD COLUMN "mcp_tool_name" TEXT;
CREATE UNIQUE INDEX "tool_mcp_server_id_mcp_tool_name_key" ON "tool"("mcp_server_id", "mcp_tool_name");

CREATE TABLE "mcp_oauth" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "mcp_server_id" TEXT,
    "server_url" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "error" TEXT,
    "state_hash" TEXT,
    "secrets_enc" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mcp_oauth_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "mcp_oauth_state_hash_key" ON "mcp_oauth"("state_hash");
CREATE INDEX "mcp_oauth_mcp_server_id_idx" ON "mcp_oauth"("mcp_server_id");
CREATE INDEX "mcp_oauth_organization_id_server_url_idx" ON "mcp_oauth"("organization_id", "server_url");
ALTER TABLE "mcp_oauth" ADD CONSTRAINT "mcp_oauth_mcp_server_id_fkey" FOREIGN KEY ("mcp_server_id") REFERENCES "mcp_server"("id") ON DELETE CASCADE ON UPDATE CASCADE;
