-- AlterTable
ALTER TABLE "block_version" ADD COLUMN     "write_policy" JSONB;

-- CreateTable
CREATE TABLE "memory_proposal" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "block_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "conversation_id" TEXT,
    "run_id" TEXT,
    "step_id" TEXT,
    "base_version_id" TEXT NOT NULL,
    "detach" BOOLEAN NOT NULL DEFAULT false,
    "label" TEXT,
    "value" TEXT,
    "description" TEXT,
    "edits" JSONB,
    "operation" TEXT NOT NULL,
    "cause" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL DEFAULT 'pending',
    "decided_seq" BIGINT,
    "decided_at" TIMESTAMPTZ(3),
    "decided_cause" JSONB,
    "reason" TEXT,
    "version_id" TEXT,
    "told_run_id" TEXT,

    CONSTRAINT "memory_proposal_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "memory_proposal_organization_id_created_at_id_idx" ON "memory_proposal"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "memory_proposal_agent_id_seq_idx" ON "memory_proposal"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "memory_proposal_block_id_idx" ON "memory_proposal"("block_id");

-- CreateIndex
CREATE INDEX "memory_proposal_conversation_id_idx" ON "memory_proposal"("conversation_id");

-- CreateIndex
CREATE INDEX "memory_proposal_status_expires_at_idx" ON "memory_proposal"("status", "expires_at");
