-- What kind of failure the last attempt to ask an MCP server was; null where it answered.
ALTER TABLE "mcp_server" ADD COLUMN "failure" TEXT;

UPDATE "mcp_server" SET "failure" = CASE WHEN "error" LIKE '%let in%' THEN 'unauthorized' ELSE 'unreachable' END
  WHERE "error" IS NOT NULL AND "error" NOT LIKE 'Tools that can''t be used:%';
