-- One order for every record of the ledger.
CREATE SEQUENCE "ledger_seq" AS BIGINT CACHE 1;

-- A function, because Prisma takes a column with nextval as its default for a serial one and would drop the sequence.
CREATE FUNCTION "ledger_next"() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$ SELECT nextval('ledger_seq') $$;

-- Makes a statement fail as a whole, so that a commit of many rows keeps all of them or none.
CREATE FUNCTION "ledger_require"(ok BOOLEAN, reason TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
  IF ok IS NOT TRUE THEN RAISE EXCEPTION '%', reason USING ERRCODE = 'MM001'; END IF;
  RETURN TRUE;
END $$;

-- CreateTable
CREATE TABLE "organization" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_user" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "provider_type" TEXT NOT NULL,
    "base_url" TEXT,
    "api_key_enc" TEXT,
    "last_synced" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "version_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "agent_type" TEXT NOT NULL,
    "description" TEXT,
    "metadata" JSONB,
    "hidden" BOOLEAN,
    "project_id" TEXT,
    "template_id" TEXT,
    "base_template_id" TEXT,
    "default_conversation_id" TEXT NOT NULL,
    "compile_epoch" INTEGER NOT NULL DEFAULT 0,
    "created_by_id" TEXT,
    "last_updated_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_run_completion" TIMESTAMPTZ(3),
    "last_run_duration_ms" INTEGER,
    "last_stop_reason" TEXT,
    "forked_from_step_id" TEXT,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_tag" (
    "agent_id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "tag" TEXT NOT NULL,

    CONSTRAINT "agent_tag_pkey" PRIMARY KEY ("agent_id","tag")
);

-- CreateTable
CREATE TABLE "agent_block" (
    "agent_id" TEXT NOT NULL,
    "block_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "agent_block_pkey" PRIMARY KEY ("agent_id","block_id")
);

-- CreateTable
CREATE TABLE "agent_tool" (
    "agent_id" TEXT NOT NULL,
    "tool_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "agent_tool_pkey" PRIMARY KEY ("agent_id","tool_id")
);

-- CreateTable
CREATE TABLE "agent_archive" (
    "agent_id" TEXT NOT NULL,
    "archive_id" TEXT NOT NULL,
    "is_owner" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "agent_archive_pkey" PRIMARY KEY ("agent_id","archive_id")
);

-- CreateTable
CREATE TABLE "agent_secret" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value_enc" TEXT NOT NULL,
    "description" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_version" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "parent_id" TEXT,
    "number" INTEGER NOT NULL,
    "config" JSONB NOT NULL,
    "operation" TEXT NOT NULL,
    "cause" JSONB NOT NULL,
    "step_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "summary" TEXT,
    "description" TEXT,
    "model" TEXT,
    "model_settings" JSONB,
    "context_window_limit" INTEGER,
    "hidden" BOOLEAN,
    "system_message_id" TEXT NOT NULL,
    "compile_id" TEXT,
    "compile_epoch" INTEGER NOT NULL DEFAULT -1,
    "context" JSONB NOT NULL,
    "next_seq" INTEGER NOT NULL DEFAULT 1,
    "context_tokens" INTEGER,
    "isolated_block_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "forked_from_step_id" TEXT,
    "created_by_id" TEXT,
    "last_updated_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_message_at" TIMESTAMPTZ(3),
    "last_run_completion" TIMESTAMPTZ(3),
    "archived_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "compile" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "agent_version_id" TEXT NOT NULL,
    "block_version_ids" TEXT[],
    "recall_count" INTEGER NOT NULL,
    "archival_count" INTEGER NOT NULL,
    "archival_tags" TEXT[],
    "line_numbers" BOOLEAN NOT NULL,
    "compiled_at" TIMESTAMPTZ(3) NOT NULL,
    "sections_hash" TEXT NOT NULL,
    "tokens" INTEGER NOT NULL,
    "cause" JSONB NOT NULL,

    CONSTRAINT "compile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blob" (
    "agent_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "blob_pkey" PRIMARY KEY ("agent_id","hash")
);

-- CreateTable
CREATE TABLE "message" (
    "id" TEXT NOT NULL,
    "ledger_seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "parts" JSONB NOT NULL,
    "otid" TEXT,
    "name" TEXT,
    "sender_id" TEXT,
    "group_id" TEXT,
    "run_id" TEXT,
    "step_id" TEXT,
    "model" TEXT,
    "is_err" BOOLEAN,
    "copied_from_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "active_key" TEXT,
    "status" TEXT NOT NULL,
    "stop_reason" TEXT,
    "background" BOOLEAN NOT NULL DEFAULT false,
    "request" JSONB NOT NULL,
    "metadata" JSONB,
    "usage" JSONB,
    "error" JSONB,
    "lease_owner" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "journal_reserved" INTEGER NOT NULL DEFAULT 0,
    "callback_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "ttft_ns" BIGINT,
    "total_duration_ns" BIGINT,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "step" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "stop_reason" TEXT,
    "model_handle" TEXT NOT NULL,
    "context_window" INTEGER NOT NULL,
    "settings" JSONB NOT NULL,
    "agent_version_id" TEXT NOT NULL,
    "compile_id" TEXT NOT NULL,
    "block_version_ids" TEXT[],
    "context_hash" TEXT NOT NULL,
    "context_ranges" JSONB NOT NULL,
    "context_tokens" JSONB NOT NULL,
    "prompt_tokens" INTEGER,
    "completion_tokens" INTEGER,
    "cached_tokens" INTEGER,
    "cache_write_tokens" INTEGER,
    "reasoning_tokens" INTEGER,
    "timings" JSONB NOT NULL,
    "error" JSONB,
    "feedback" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "step_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "block" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "head_version_id" TEXT NOT NULL,
    "hidden" BOOLEAN,
    "project_id" TEXT,
    "is_template" BOOLEAN NOT NULL DEFAULT false,
    "template_name" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "made_for_agent_id" TEXT,
    "created_by_id" TEXT,
    "last_updated_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "block_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "block_version" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "block_id" TEXT NOT NULL,
    "parent_id" TEXT,
    "number" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "description" TEXT,
    "limit_chars" INTEGER NOT NULL,
    "read_only" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB,
    "operation" TEXT NOT NULL,
    "cause" JSONB NOT NULL,
    "agent_id" TEXT,
    "run_id" TEXT,
    "step_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "block_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "archive" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "metadata" JSONB,
    "embedding" TEXT,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "archive_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passage" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "archive_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "metadata" JSONB,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "passage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passage_event" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "archive_id" TEXT,
    "agent_id" TEXT,
    "passage_id" TEXT,
    "type" TEXT NOT NULL,
    "search" JSONB,
    "cause" JSONB NOT NULL,
    "step_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "passage_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tool" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tool_type" TEXT NOT NULL,
    "description" TEXT,
    "source_type" TEXT,
    "source_code" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "json_schema" JSONB,
    "args_json_schema" JSONB,
    "return_char_limit" INTEGER NOT NULL DEFAULT 50000,
    "pip_requirements" JSONB,
    "npm_requirements" JSONB,
    "default_requires_approval" BOOLEAN,
    "enable_parallel_execution" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB,
    "project_id" TEXT,
    "created_by_id" TEXT,
    "last_updated_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tool_call" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "arguments" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "return_message_id" TEXT,
    "stdout" JSONB,
    "stderr" JSONB,
    "sandbox" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "tool_call_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_call" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "run_id" TEXT,
    "step_id" TEXT,
    "kind" TEXT NOT NULL,
    "handle" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "response" JSONB NOT NULL,
    "usage" JSONB,
    "error" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "model_call_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "journal" (
    "run_id" TEXT NOT NULL,
    "first_seq" INTEGER NOT NULL,
    "last_seq" INTEGER NOT NULL,
    "items" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "journal_pkey" PRIMARY KEY ("run_id","first_seq")
);

-- CreateTable
CREATE TABLE "compaction" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "run_id" TEXT,
    "step_id" TEXT,
    "trigger" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "summary_message_id" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "evicted" JSONB NOT NULL,
    "context_before" JSONB NOT NULL,
    "context_after" JSONB NOT NULL,
    "stats" JSONB NOT NULL,
    "cause" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "compaction_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "provider_organization_id_name_key" ON "provider"("organization_id", "name");

-- CreateIndex
CREATE INDEX "agent_organization_id_created_at_id_idx" ON "agent"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "agent_organization_id_updated_at_id_idx" ON "agent"("organization_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "agent_organization_id_last_run_completion_id_idx" ON "agent"("organization_id", "last_run_completion", "id");

-- CreateIndex
CREATE INDEX "agent_organization_id_name_idx" ON "agent"("organization_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "agent_version_id_key" ON "agent"("version_id");

-- CreateIndex
CREATE INDEX "agent_tag_organization_id_tag_idx" ON "agent_tag"("organization_id", "tag");

-- CreateIndex
CREATE INDEX "agent_block_block_id_idx" ON "agent_block"("block_id");

-- CreateIndex
CREATE INDEX "agent_tool_tool_id_idx" ON "agent_tool"("tool_id");

-- CreateIndex
CREATE INDEX "agent_archive_archive_id_idx" ON "agent_archive"("archive_id");

-- CreateIndex
CREATE UNIQUE INDEX "agent_secret_agent_id_key_key" ON "agent_secret"("agent_id", "key");

-- CreateIndex
CREATE INDEX "agent_version_agent_id_seq_idx" ON "agent_version"("agent_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "agent_version_agent_id_number_key" ON "agent_version"("agent_id", "number");

-- CreateIndex
CREATE INDEX "conversation_agent_id_created_at_id_idx" ON "conversation"("agent_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "conversation_organization_id_created_at_id_idx" ON "conversation"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "compile_conversation_id_seq_idx" ON "compile"("conversation_id", "seq");

-- CreateIndex
CREATE INDEX "compile_agent_id_idx" ON "compile"("agent_id");

-- CreateIndex
CREATE INDEX "message_agent_id_ledger_seq_idx" ON "message"("agent_id", "ledger_seq");

-- CreateIndex
CREATE INDEX "message_organization_id_ledger_seq_idx" ON "message"("organization_id", "ledger_seq");

-- CreateIndex
CREATE INDEX "message_run_id_idx" ON "message"("run_id");

-- CreateIndex
CREATE INDEX "message_step_id_idx" ON "message"("step_id");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_seq_key" ON "message"("conversation_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_otid_key" ON "message"("conversation_id", "otid");

-- CreateIndex
CREATE UNIQUE INDEX "message_ledger_seq_key" ON "message"("ledger_seq");

-- CreateIndex
CREATE UNIQUE INDEX "run_active_key_key" ON "run"("active_key");

-- CreateIndex
CREATE INDEX "run_organization_id_created_at_id_idx" ON "run"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_agent_id_created_at_id_idx" ON "run"("agent_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_conversation_id_created_at_id_idx" ON "run"("conversation_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_status_lease_expires_at_idx" ON "run"("status", "lease_expires_at");

-- CreateIndex
CREATE INDEX "step_agent_id_seq_idx" ON "step"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "step_run_id_position_idx" ON "step"("run_id", "position");

-- CreateIndex
CREATE INDEX "step_organization_id_seq_idx" ON "step"("organization_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "block_head_version_id_key" ON "block"("head_version_id");

-- CreateIndex
CREATE INDEX "block_organization_id_created_at_id_idx" ON "block"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "block_version_block_id_seq_idx" ON "block_version"("block_id", "seq");

-- CreateIndex
CREATE INDEX "block_version_step_id_idx" ON "block_version"("step_id");

-- CreateIndex
CREATE UNIQUE INDEX "block_version_block_id_number_key" ON "block_version"("block_id", "number");

-- CreateIndex
CREATE INDEX "archive_organization_id_created_at_id_idx" ON "archive"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "passage_seq_key" ON "passage"("seq");

-- CreateIndex
CREATE INDEX "passage_archive_id_created_at_id_idx" ON "passage"("archive_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "passage_event_agent_id_seq_idx" ON "passage_event"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "passage_event_archive_id_seq_idx" ON "passage_event"("archive_id", "seq");

-- CreateIndex
CREATE INDEX "passage_event_passage_id_idx" ON "passage_event"("passage_id");

-- CreateIndex
CREATE INDEX "tool_organization_id_created_at_id_idx" ON "tool"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tool_organization_id_name_key" ON "tool"("organization_id", "name");

-- CreateIndex
CREATE INDEX "tool_call_step_id_idx" ON "tool_call"("step_id");

-- CreateIndex
CREATE INDEX "tool_call_run_id_idx" ON "tool_call"("run_id");

-- CreateIndex
CREATE INDEX "tool_call_conversation_id_call_id_idx" ON "tool_call"("conversation_id", "call_id");

-- CreateIndex
CREATE INDEX "tool_call_agent_id_seq_idx" ON "tool_call"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "model_call_agent_id_request_hash_idx" ON "model_call"("agent_id", "request_hash");

-- CreateIndex
CREATE INDEX "model_call_step_id_idx" ON "model_call"("step_id");

-- CreateIndex
CREATE INDEX "journal_created_at_idx" ON "journal"("created_at");

-- CreateIndex
CREATE INDEX "compaction_agent_id_seq_idx" ON "compaction"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "compaction_conversation_id_seq_idx" ON "compaction"("conversation_id", "seq");

-- AddForeignKey
ALTER TABLE "agent" ADD CONSTRAINT "agent_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "agent_version"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "agent_tag" ADD CONSTRAINT "agent_tag_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_block" ADD CONSTRAINT "agent_block_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_block" ADD CONSTRAINT "agent_block_block_id_fkey" FOREIGN KEY ("block_id") REFERENCES "block"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_tool" ADD CONSTRAINT "agent_tool_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_tool" ADD CONSTRAINT "agent_tool_tool_id_fkey" FOREIGN KEY ("tool_id") REFERENCES "tool"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_archive" ADD CONSTRAINT "agent_archive_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_archive" ADD CONSTRAINT "agent_archive_archive_id_fkey" FOREIGN KEY ("archive_id") REFERENCES "archive"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_secret" ADD CONSTRAINT "agent_secret_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "block" ADD CONSTRAINT "block_head_version_id_fkey" FOREIGN KEY ("head_version_id") REFERENCES "block_version"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "passage" ADD CONSTRAINT "passage_archive_id_fkey" FOREIGN KEY ("archive_id") REFERENCES "archive"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- Full-text search, ranked like BM25. A scope is an agent (its messages) or an archive (its passages); a document is a
-- message or a passage by its ledger sequence. Filled lazily: what is new is indexed when it is first searched.
CREATE TABLE "search_scope" (
    "scope_id" TEXT PRIMARY KEY,
    "indexed_through" BIGINT NOT NULL DEFAULT 0,
    "documents" INTEGER NOT NULL DEFAULT 0,
    "total_length" BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE "search_document" (
    "doc" BIGINT PRIMARY KEY,
    "scope_id" TEXT NOT NULL,
    -- Where neighbours are counted: the conversation of a message, and its place in it.
    "thread_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "length" INTEGER NOT NULL
);
CREATE INDEX "search_document_scope" ON "search_document" ("scope_id", "doc");
CREATE INDEX "search_document_thread" ON "search_document" ("thread_id", "position");

CREATE TABLE "search_posting" (
    "scope_id" TEXT NOT NULL,
    "term" TEXT NOT NULL,
    "doc" BIGINT NOT NULL,
    "frequency" SMALLINT NOT NULL,
    PRIMARY KEY ("scope_id", "term", "doc")
);
CREATE INDEX "search_posting_doc" ON "search_posting" ("doc");

INSERT INTO "organization" ("id", "name") VALUES ('org-00000000-0000-4000-8000-000000000000', 'default_org');
INSERT INTO "app_user" ("id", "organization_id", "name")
VALUES ('user-00000000-0000-4000-8000-000000000000', 'org-00000000-0000-4000-8000-000000000000', 'default_user');
