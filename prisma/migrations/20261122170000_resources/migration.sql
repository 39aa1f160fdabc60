-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "deployment_id" TEXT,
ADD COLUMN     "entity_id" TEXT;

-- AlterTable
ALTER TABLE "block" ADD COLUMN     "base_template_id" TEXT,
ADD COLUMN     "deployment_id" TEXT,
ADD COLUMN     "entity_id" TEXT,
ADD COLUMN     "preserve_on_migration" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "template_id" TEXT;

-- AlterTable
ALTER TABLE "conversation" ADD COLUMN     "external_key" TEXT;

-- AlterTable
ALTER TABLE "provider" ADD COLUMN     "access_key_enc" TEXT,
ADD COLUMN     "api_version" TEXT,
ADD COLUMN     "region" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "callback_error" TEXT,
ADD COLUMN     "callback_sent_at" TIMESTAMPTZ(3),
ADD COLUMN     "callback_status" INTEGER;

-- AlterTable
ALTER TABLE "tool" ADD COLUMN     "mcp_server_id" TEXT;

-- CreateTable
CREATE TABLE "identity" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "identifier_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "identity_type" TEXT NOT NULL,
    "project_id" TEXT NOT NULL DEFAULT '',
    "properties" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_identity" (
    "agent_id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,

    CONSTRAINT "agent_identity_pkey" PRIMARY KEY ("agent_id","identity_id")
);

-- CreateTable
CREATE TABLE "block_identity" (
    "block_id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,

    CONSTRAINT "block_identity_pkey" PRIMARY KEY ("block_id","identity_id")
);

-- CreateTable
CREATE TABLE "agent_group" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "manager_type" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "manager_agent_id" TEXT,
    "termination_token" TEXT,
    "max_turns" INTEGER,
    "sleeptime_agent_frequency" INTEGER,
    "turns_counter" INTEGER,
    "last_processed_message_id" TEXT,
    "max_message_buffer_length" INTEGER,
    "min_message_buffer_length" INTEGER,
    "hidden" BOOLEAN,
    "project_id" TEXT,
    "template_id" TEXT,
    "base_template_id" TEXT,
    "deployment_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_agent" (
    "group_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "group_agent_pkey" PRIMARY KEY ("group_id","agent_id")
);

-- CreateTable
CREATE TABLE "group_block" (
    "group_id" TEXT NOT NULL,
    "block_id" TEXT NOT NULL,

    CONSTRAINT "group_block_pkey" PRIMARY KEY ("group_id","block_id")
);

-- CreateTable
CREATE TABLE "folder" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "instructions" TEXT,
    "metadata" JSONB,
    "embedding" TEXT,
    "embedding_chunk_size" INTEGER NOT NULL DEFAULT 300,
    "created_by_id" TEXT,
    "last_updated_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "folder_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "folder_id" TEXT NOT NULL,
    "file_name" TEXT NOT NULL,
    "original_file_name" TEXT NOT NULL,
    "file_type" TEXT,
    "file_size" INTEGER,
    "status" TEXT NOT NULL,
    "error_message" TEXT,
    "upload" BYTEA,
    "content" TEXT,
    "total_chunks" INTEGER,
    "chunks_embedded" INTEGER,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_chunk" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "folder_id" TEXT NOT NULL,
    "file_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "start_line" INTEGER NOT NULL,
    "end_line" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_chunk_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_folder" (
    "agent_id" TEXT NOT NULL,
    "folder_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_folder_pkey" PRIMARY KEY ("agent_id","folder_id")
);

-- CreateTable
CREATE TABLE "agent_file" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "file_id" TEXT NOT NULL,
    "is_open" BOOLEAN NOT NULL DEFAULT false,
    "start_line" INTEGER,
    "end_line" INTEGER,
    "last_accessed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "scheduled_at" TIMESTAMPTZ(3),
    "cron" TEXT,
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "callback_url" TEXT,
    "next_at" TIMESTAMPTZ(3),
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule_firing" (
    "id" TEXT NOT NULL,
    "schedule_id" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "fired_at" TIMESTAMPTZ(3) NOT NULL,
    "trigger" TEXT NOT NULL,
    "run_id" TEXT,
    "error" TEXT,

    CONSTRAINT "schedule_firing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "metadata" JSONB,
    "callback_url" TEXT,
    "callback_sent_at" TIMESTAMPTZ(3),
    "callback_status" INTEGER,
    "callback_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_item" (
    "id" TEXT NOT NULL,
    "batch_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "agent_id" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "run_id" TEXT,
    "error" TEXT,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "batch_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "template" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL,
    "description" TEXT,
    "content" JSONB NOT NULL,
    "latest_version" INTEGER NOT NULL DEFAULT 0,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "template_version" (
    "id" TEXT NOT NULL,
    "template_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "message" TEXT,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "template_id" TEXT NOT NULL,
    "template_version" INTEGER NOT NULL,
    "memory_variables" JSONB NOT NULL DEFAULT '{}',
    "tool_variables" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "access_token" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "token_enc" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "policy" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mcp_server" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "server_name" TEXT NOT NULL,
    "server_type" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "secrets_enc" TEXT,
    "error" TEXT,
    "synced_at" TIMESTAMPTZ(3),
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mcp_server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "identity_organization_id_created_at_id_idx" ON "identity"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "identity_organization_id_project_id_identifier_key_key" ON "identity"("organization_id", "project_id", "identifier_key");

-- CreateIndex
CREATE INDEX "agent_identity_identity_id_idx" ON "agent_identity"("identity_id");

-- CreateIndex
CREATE INDEX "block_identity_identity_id_idx" ON "block_identity"("identity_id");

-- CreateIndex
CREATE INDEX "agent_group_organization_id_created_at_id_idx" ON "agent_group"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "agent_group_manager_agent_id_idx" ON "agent_group"("manager_agent_id");

-- CreateIndex
CREATE INDEX "group_agent_agent_id_idx" ON "group_agent"("agent_id");

-- CreateIndex
CREATE INDEX "group_block_block_id_idx" ON "group_block"("block_id");

-- CreateIndex
CREATE INDEX "folder_organization_id_created_at_id_idx" ON "folder"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "folder_organization_id_name_key" ON "folder"("organization_id", "name");

-- CreateIndex
CREATE INDEX "file_folder_id_created_at_id_idx" ON "file"("folder_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "file_folder_id_original_file_name_key" ON "file"("folder_id", "original_file_name");

-- CreateIndex
CREATE UNIQUE INDEX "file_chunk_seq_key" ON "file_chunk"("seq");

-- CreateIndex
CREATE INDEX "file_chunk_folder_id_created_at_id_idx" ON "file_chunk"("folder_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "file_chunk_file_id_position_key" ON "file_chunk"("file_id", "position");

-- CreateIndex
CREATE INDEX "agent_folder_folder_id_idx" ON "agent_folder"("folder_id");

-- CreateIndex
CREATE INDEX "agent_file_file_id_idx" ON "agent_file"("file_id");

-- CreateIndex
CREATE UNIQUE INDEX "agent_file_agent_id_file_id_key" ON "agent_file"("agent_id", "file_id");

-- CreateIndex
CREATE INDEX "schedule_agent_id_created_at_id_idx" ON "schedule"("agent_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "schedule_organization_id_created_at_id_idx" ON "schedule"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "schedule_next_at_idx" ON "schedule"("next_at");

-- CreateIndex
CREATE INDEX "schedule_firing_schedule_id_fired_at_id_idx" ON "schedule_firing"("schedule_id", "fired_at", "id");

-- CreateIndex
CREATE INDEX "batch_organization_id_created_at_id_idx" ON "batch"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "batch_item_agent_id_idx" ON "batch_item"("agent_id");

-- CreateIndex
CREATE INDEX "batch_item_run_id_idx" ON "batch_item"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "batch_item_batch_id_position_key" ON "batch_item"("batch_id", "position");

-- CreateIndex
CREATE INDEX "template_organization_id_created_at_id_idx" ON "template"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "template_organization_id_project_id_name_key" ON "template"("organization_id", "project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "template_version_template_id_number_key" ON "template_version"("template_id", "number");

-- CreateIndex
CREATE INDEX "deployment_template_id_idx" ON "deployment"("template_id");

-- CreateIndex
CREATE UNIQUE INDEX "access_token_token_hash_key" ON "access_token"("token_hash");

-- CreateIndex
CREATE INDEX "access_token_organization_id_created_at_id_idx" ON "access_token"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "mcp_server_organization_id_created_at_id_idx" ON "mcp_server"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "mcp_server_organization_id_server_name_key" ON "mcp_server"("organization_id", "server_name");

-- CreateIndex
CREATE UNIQUE INDEX "image_organization_id_hash_key" ON "image"("organization_id", "hash");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_agent_id_external_key_key" ON "conversation"("agent_id", "external_key");

-- AddForeignKey
ALTER TABLE "tool" ADD CONSTRAINT "tool_mcp_server_id_fkey" FOREIGN KEY ("mcp_server_id") REFERENCES "mcp_server"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_identity" ADD CONSTRAINT "agent_identity_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_identity" ADD CONSTRAINT "agent_identity_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "block_identity" ADD CONSTRAINT "block_identity_block_id_fkey" FOREIGN KEY ("block_id") REFERENCES "block"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "block_identity" ADD CONSTRAINT "block_identity_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_agent" ADD CONSTRAINT "group_agent_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "agent_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_agent" ADD CONSTRAINT "group_agent_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_block" ADD CONSTRAINT "group_block_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "agent_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_block" ADD CONSTRAINT "group_block_block_id_fkey" FOREIGN KEY ("block_id") REFERENCES "block"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file" ADD CONSTRAINT "file_folder_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "folder"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_chunk" ADD CONSTRAINT "file_chunk_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_folder" ADD CONSTRAINT "agent_folder_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_folder" ADD CONSTRAINT "agent_folder_folder_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "folder"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_file" ADD CONSTRAINT "agent_file_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_file" ADD CONSTRAINT "agent_file_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule_firing" ADD CONSTRAINT "schedule_firing_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch_item" ADD CONSTRAINT "batch_item_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batch"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "template_version" ADD CONSTRAINT "template_version_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "template"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "template"("id") ON DELETE CASCADE ON UPDATE CASCADE;


